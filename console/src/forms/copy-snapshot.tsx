import { CopySnapshotCommand, DescribeSnapshotsCommand } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { regionNames } from "../aws/regions";
import { region } from "../aws/session";
import { copying, strings, snapshots as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { SelectField } from "../ui/select-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

async function start(id: string) {
  const [snapshots, regions] = await Promise.all([
    ec2(new DescribeSnapshotsCommand({ SnapshotIds: [id] })),
    regionNames(),
  ]);
  return { snapshot: snapshots.Snapshots?.[0], regions };
}

export function CopySnapshot() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const { answer, problem } = useAnswer(id, () => start(id));
  const [edited, setDescription] = useState<string | null>(null);
  const [chosen, setWhere] = useState("");
  const here = region.current();
  const where = chosen || (answer?.regions.find((each) => each !== here) ?? here);
  const description = edited ?? answer?.snapshot?.Description ?? "";

  async function submit() {
    const made = await ec2(
      new CopySnapshotCommand({
        SourceSnapshotId: id,
        SourceRegion: here,
        Description: description || undefined,
      }),
      where,
    );
    say(copying.made(made.SnapshotId ?? "", where), "info");
    go(urls.snapshots);
  }

  return (
    <FormPage
      title={words.copy}
      description={`${id}. ${copying.intro}`}
      verb={words.copy}
      reason={answer ? null : strings.loading}
      back={urls.snapshots}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <FormField label={words.description}>
            <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
          <SelectField
            label={copying.region}
            value={where}
            options={(answer?.regions ?? []).map((value) => ({ value, label: value }))}
            onChange={setWhere}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
