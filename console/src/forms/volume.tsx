import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DescribeAvailabilityZonesCommand,
  type VolumeType,
} from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { listInstances } from "../aws/lists";
import { tagOf } from "../list/filters";
import { forms, strings, volumes as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { type TagField, TagFields, tagsOf } from "../ui/tag-fields";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { type Performance, PerformanceFields, performanceOf } from "./performance-fields";

export function CreateVolume() {
  const go = useNavigate();
  const { say } = useNotices();
  const { answer, problem } = useAnswer("zones", () => ec2(new DescribeAvailabilityZonesCommand({})));
  const zones = (answer?.AvailabilityZones ?? []).flatMap((zone) => zone.ZoneName ?? []);
  const [chosen, setZone] = useState("");
  const asked = useSearchParams()[0].get("snapshot") ?? "";
  const [fields, setFields] = useState<Performance>({
    type: "gp3",
    size: asked ? "" : "8",
    iops: "",
    throughput: "",
  });
  const [snapshot, setSnapshot] = useState(asked);
  const [tags, setTags] = useState<TagField[]>([]);
  const zone = chosen || zones[0] || "";

  async function submit() {
    const Tags = tagsOf(tags);
    const wanted = performanceOf(fields);
    const made = await ec2(
      new CreateVolumeCommand({
        AvailabilityZone: zone,
        ...wanted,
        VolumeType: wanted.VolumeType as VolumeType,
        SnapshotId: snapshot || undefined,
        TagSpecifications: Tags && [{ ResourceType: "volume", Tags }],
      }),
    );
    say(words.made(made.VolumeId ?? ""), "info");
    go(urls.volumes);
  }

  return (
    <FormPage
      title={words.create}
      verb={words.create}
      reason={zone && (Number(fields.size) >= 1 || (snapshot && fields.size === "")) ? null : forms.required}
      back={urls.volumes}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <PerformanceFields fields={fields} onChange={setFields} />
          <FormField label={words.zone}>
            <Select
              selectedOption={zone ? { value: zone, label: zone } : null}
              options={zones.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setZone(detail.selectedOption.value ?? "")}
            />
          </FormField>
          <FormField label={words.fromSnapshot}>
            <Input value={snapshot} onChange={({ detail }) => setSnapshot(detail.value.trim())} />
          </FormField>
          <TagFields tags={tags} onChange={setTags} />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}

export function AttachVolume() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [instance, setInstance] = useState("");
  const [device, setDevice] = useState("/dev/sdf");
  const { answer, problem } = useAnswer("instances", () =>
    listInstances([{ Name: "instance-state-name", Values: ["running", "stopped"] }]),
  );
  const options = (answer?.items ?? []).map((each) => ({
    value: each.InstanceId ?? "",
    label: each.InstanceId,
    description: [tagOf(each.Tags, "Name"), each.Placement?.AvailabilityZone, each.State?.Name]
      .filter(Boolean)
      .join(" · "),
  }));

  async function submit() {
    await ec2(new AttachVolumeCommand({ VolumeId: id, InstanceId: instance, Device: device }));
    say(words.attached(id), "info");
    go(urls.volumes);
  }

  return (
    <FormPage
      title={words.attach}
      description={id}
      verb={words.attach}
      reason={instance && device ? null : forms.required}
      back={urls.volumes}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <FormField label={words.instance}>
            <Select
              selectedOption={options.find((each) => each.value === instance) ?? null}
              options={options}
              filteringType="auto"
              placeholder={words.instance}
              statusType={answer ? "finished" : "loading"}
              loadingText={strings.loading}
              empty={strings.list.empty}
              onChange={({ detail }) => setInstance(detail.selectedOption.value ?? "")}
            />
          </FormField>
          <FormField label={words.device} constraintText={words.deviceHint}>
            <Input value={device} onChange={({ detail }) => setDevice(detail.value.trim())} />
          </FormField>
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
