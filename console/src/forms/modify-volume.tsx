import {
  DescribeVolumesCommand,
  ModifyVolumeCommand,
  type Volume,
  type VolumeType,
} from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { strings, volumes as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { type Performance, PerformanceFields, performanceOf } from "./performance-fields";

const shown = (volume: Volume | undefined): Performance => ({
  type: volume?.VolumeType ?? "gp3",
  size: String(volume?.Size ?? ""),
  iops: volume?.VolumeType === "gp2" ? "" : String(volume?.Iops ?? ""),
  throughput: String(volume?.Throughput ?? ""),
});

export function ModifyVolume() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const { answer, problem } = useAnswer(id, () => ec2(new DescribeVolumesCommand({ VolumeIds: [id] })));
  const volume = answer?.Volumes?.[0];
  const [edited, setEdited] = useState<Performance | null>(null);
  const before = shown(volume);
  const fields = edited ?? before;
  const least = volume?.Size ?? 1;

  async function submit() {
    const wanted = performanceOf(fields);
    await ec2(
      new ModifyVolumeCommand({ VolumeId: id, ...wanted, VolumeType: wanted.VolumeType as VolumeType }),
    );
    say(words.modifying(id), "info");
    go(urls.volumes);
  }

  return (
    <FormPage
      title={words.modify}
      description={id}
      verb={words.modify}
      reason={
        !volume
          ? strings.loading
          : !(Number(fields.size) >= least)
            ? words.sizeLeast(least)
            : JSON.stringify(fields) === JSON.stringify(before)
              ? words.nothingChanged
              : null
      }
      back={urls.volumes}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <PerformanceFields fields={fields} onChange={setEdited} />
          <Box color="text-body-secondary">{words.modifyHint}</Box>
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
