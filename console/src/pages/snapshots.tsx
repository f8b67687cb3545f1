import { ListSnapshotsInRecycleBinCommand, type Snapshot } from "@aws-sdk/client-ec2";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { listSnapshots, type SnapshotScope } from "../aws/lists";
import { lockOf } from "../aws/snapshot-lock";
import { tagOf } from "../list/filters";
import { ResourcePage } from "../list/resource-page";
import { isMoving } from "../rules";
import { columns as col, strings, snapshots as words } from "../strings";
import { Facts, Tags, when } from "../ui/details";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { useSnapshotActions } from "./snapshot-actions";

const size = (snapshot: Snapshot) => `${snapshot.VolumeSize ?? 0} ${strings.units.gib}`;
const progress = (snapshot: Snapshot) => (snapshot.State === "pending" ? snapshot.Progress : undefined);

const SCOPES: Record<string, { text: string; scope: SnapshotScope }> = {
  mine: { text: words.mine, scope: { OwnerIds: ["self"] } },
  shared: { text: words.shared, scope: { RestorableByUserIds: ["self"] } },
  bin: { text: words.bin, scope: {} },
};

async function listBin(NextToken?: string) {
  const answer = await ec2(new ListSnapshotsInRecycleBinCommand({ NextToken }));
  const items = (answer.Snapshots ?? []).map((each): Snapshot => ({ ...each, State: undefined }));
  return { items, next: answer.NextToken };
}

export function Snapshots() {
  const [search, setSearch] = useSearchParams();
  // A snapshot that another page names may be anybody's.
  const [scope, setScope] = useState(search.get("id") ? "any" : "mine");
  const binned = scope === "bin";
  const options = Object.entries(SCOPES).map(([value, { text }]) => ({ value, label: text }));
  return (
    <ResourcePage<Snapshot>
      key={scope}
      title={words.title}
      scope={scope}
      description={
        <Select
          ariaLabel={words.show}
          selectedOption={options.find((each) => each.value === scope) ?? null}
          placeholder={words.show}
          options={options}
          onChange={({ detail }) => {
            setSearch({});
            setScope(detail.selectedOption.value ?? "mine");
          }}
        />
      }
      fetch={(filters, token) =>
        binned ? listBin(token) : listSnapshots(SCOPES[scope]?.scope ?? {}, filters, token)
      }
      id={(snapshot) => snapshot.SnapshotId ?? ""}
      idFilter="snapshot-id"
      moving={(snapshot) => isMoving(snapshot.State)}
      properties={
        binned
          ? []
          : [
              ["snapshot-id", col.id],
              ["tag:Name", col.name],
              ["status", col.state, ["pending", "completed", "error"]],
              ["volume-id", col.volume],
              ["description", col.description],
            ]
      }
      columns={[
        {
          id: "name",
          header: col.name,
          cell: (s) => tagOf(s.Tags, "Name") || strings.none,
          isRowHeader: true,
          width: 180,
        },
        { id: "id", header: col.id, cell: (s) => s.SnapshotId, width: 210 },
        { id: "size", header: col.size, cell: size, width: 100 },
        {
          id: "state",
          header: col.state,
          cell: (s) => (binned ? words.bin : <State state={s.State} more={progress(s)} />),
          width: 170,
        },
        { id: "owner", header: col.owner, cell: (s) => s.OwnerId, width: 140 },
        { id: "started", header: col.started, cell: (s) => when(s.StartTime), width: 180 },
        { id: "volume", header: col.volume, cell: (s) => s.VolumeId, width: 210 },
        { id: "description", header: col.description, cell: (s) => s.Description, width: 300 },
      ]}
      actions={useSnapshotActions(binned)}
      details={(s) => (
        <SpaceBetween size="l">
          <Facts
            facts={{
              [col.id]: s.SnapshotId,
              [col.state]: <State state={s.State} more={progress(s)} />,
              [col.reason]: s.StateMessage,
              [col.size]: size(s),
              [col.volume]: s.VolumeId,
              [col.owner]: s.OwnerId,
              [col.started]: when(s.StartTime),
              [col.description]: s.Description,
            }}
          />
          {!binned && <Lock id={s.SnapshotId ?? ""} />}
          <Tags tags={s.Tags} />
        </SpaceBetween>
      )}
    />
  );
}

/** The lock of one's own snapshot, if it has or had one; of another's nobody is told. */
function Lock({ id }: { id: string }) {
  const { answer: lock, problem } = useAnswer(id, () => lockOf(id));
  return (
    <>
      <Trouble problem={problem} />
      {lock && (
        <Facts facts={{ [words.lockState]: lock.LockState, [words.lockUntil]: when(lock.LockExpiresOn) }} />
      )}
    </>
  );
}
