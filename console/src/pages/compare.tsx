/** What differs between two images or snapshots: a page to show somebody, by its address, on paper, as JSON. */
import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { diffImages, type Difference as Found } from "../aws/inspections";
import { Difference } from "../inside/difference";
import { Inspected } from "../inside/inspected";
import { useInspection } from "../inside/use-inspection";
import { inside, compare as words } from "../strings";
import { when } from "../ui/details";
import { download } from "../ui/download";
import { Link } from "../ui/link";
import { Page } from "../ui/page";
import { useAnswer } from "../ui/use-answer";
import { usePrinting } from "../ui/use-printing";
import { urls } from "../urls";

export function Compare() {
  const printing = usePrinting();
  const [search] = useSearchParams();
  const before = search.get("a") ?? "";
  const after = search.get("b") ?? "";
  const asked = useInspection<Found>(before && after && `${before} ${after}`, () =>
    diffImages(before, after),
  );
  const title = before && after ? `${before} → ${after}` : words.title;

  return (
    <Page
      title={words.title}
      tab={title}
      navigationHide={printing}
      actions={<Actions before={before} after={after} found={asked.result} />}
    >
      <SpaceBetween size="l">
        <Sides key={`${before} ${after}`} before={before} after={after} />
        {before && after && (
          <Inspected waiting={inside.comparing(before, after)} asked={asked}>
            {(whole) => <Difference whole={whole} />}
          </Inspected>
        )}
      </SpaceBetween>
    </Page>
  );
}

function Actions({ before, after, found }: { before: string; after: string; found: Found | null }) {
  const go = useNavigate();
  const name = `${before}-${after}.json`;
  return (
    <div className="not-on-paper">
      <SpaceBetween direction="horizontal" size="xs">
        <Button disabled={!found} onClick={() => go(urls.compareImages(after, before))}>
          {words.swap}
        </Button>
        <Button disabled={!found} onClick={() => print()}>
          {words.print}
        </Button>
        <Button
          disabled={!found}
          onClick={() => download(name, "application/json", `${JSON.stringify(found, null, 2)}\n`)}
        >
          {words.json}
        </Button>
      </SpaceBetween>
    </div>
  );
}

/** What is compared: as facts once both are named, as fields until then. */
function Sides({ before, after }: { before: string; after: string }) {
  if (!before || !after) return <Choice before={before} after={after} />;
  return (
    <Container>
      <Grid gridDefinition={[{ colspan: 6 }, { colspan: 6 }]}>
        <Side label={words.before} id={before} />
        <Side label={words.after} id={after} />
      </Grid>
    </Container>
  );
}

function Side({ label, id }: { label: string; id: string }) {
  const { answer: image } = useAnswer(id, async () => {
    if (!id.startsWith("ami-")) return undefined;
    return (await ec2(new DescribeImagesCommand({ ImageIds: [id], IncludeDisabled: true }))).Images?.[0];
  });
  return (
    <SpaceBetween size="xxs">
      <Box variant="awsui-key-label">{label}</Box>
      <Box variant="strong">{image?.Name ?? ""}</Box>
      {id.startsWith("ami-") ? <Link to={urls.image(id)}>{id}</Link> : <Box>{id}</Box>}
      <Box color="text-body-secondary">
        {[image?.Description, when(image?.CreationDate)].filter(Boolean).join(" · ")}
      </Box>
    </SpaceBetween>
  );
}

function Choice(known: { before: string; after: string }) {
  const go = useNavigate();
  const [before, setBefore] = useState(known.before);
  const [after, setAfter] = useState(known.after);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (before && after) go(urls.compareImages(before.trim(), after.trim()));
  }
  return (
    <form onSubmit={submit}>
      <Container>
        <SpaceBetween size="m">
          <FormField label={words.before} constraintText={words.hint}>
            <Input value={before} onChange={({ detail }) => setBefore(detail.value)} />
          </FormField>
          <FormField label={words.after} constraintText={words.hint}>
            <Input value={after} onChange={({ detail }) => setAfter(detail.value)} />
          </FormField>
          <Button variant="primary" formAction="submit" disabled={!before || !after}>
            {words.action}
          </Button>
        </SpaceBetween>
      </Container>
    </form>
  );
}
