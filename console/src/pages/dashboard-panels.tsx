/** Panels of the dashboard beyond counts: storage, builds, what wants attention. */
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { concerns } from "../aws/attention";
import { listBuilds, tail } from "../aws/builder-lists";
import type { Storage as Stored } from "../aws/storage";
import { columns as col, dashboard as words } from "../strings";
import { bytes } from "../ui/bytes";
import { Rows, when } from "../ui/details";
import { Link } from "../ui/link";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const MINUTE = 60_000;
const RECENT = 5;

/** What is stored, and what that would take if every snapshot were a disk of its own. */
export function Storage({ stored }: { stored: Stored }) {
  const saved = stored.SnapshotBytes - stored.StoredBytes;
  const share = stored.SnapshotBytes ? Math.floor((100 * saved) / stored.SnapshotBytes) : 0;
  return (
    <Container header={<Header description={words.storageNote}>{words.storage}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: words.snapshotSize, value: bytes(stored.SnapshotBytes) },
          { label: words.stored, value: bytes(stored.StoredBytes) },
          { label: words.saved, value: words.savedText(bytes(saved), share) },
          { label: words.volumeSize, value: bytes(stored.VolumeBytes) },
        ]}
      />
    </Container>
  );
}

export function Attention() {
  const { answer, problem } = useAnswer("attention", concerns, MINUTE);
  return (
    <Container header={<Header counter={answer && `(${answer.length})`}>{words.attention}</Header>}>
      <SpaceBetween size="xs">
        <Trouble problem={problem} />
        {answer?.length === 0 && <StatusIndicator type="success">{words.noAttention}</StatusIndicator>}
        {answer?.map(({ text, url }) => (
          <StatusIndicator key={url} type="error">
            <Link to={url}>{text}</Link>
          </StatusIndicator>
        ))}
      </SpaceBetween>
    </Container>
  );
}

export function Builds() {
  const { answer, problem } = useAnswer("builds", () => listBuilds([]), MINUTE);
  return (
    <Container
      header={<Header actions={<Link to={urls.builds}>{words.allBuilds}</Link>}>{words.builds}</Header>}
    >
      <Trouble problem={problem} />
      {answer?.items.length === 0 ? (
        <Box color="text-body-secondary">{words.noBuilds}</Box>
      ) : (
        <Rows
          caption={words.builds}
          columns={[col.image, col.state, col.created]}
          rows={(answer?.items ?? []).slice(0, RECENT).map((build) => [
            <Link key="name" to={urls.build(tail(build.arn))}>
              {tail(build.arn)}
            </Link>,
            <State key="state" state={build.state?.status?.toLowerCase()} />,
            when(build.dateCreated),
          ])}
        />
      )}
    </Container>
  );
}
