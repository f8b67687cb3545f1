import {
  type BlockDeviceMapping,
  CreateImageCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { columns as col, forms, strings } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { type TagField, TagFields, tagsOf } from "../ui/tag-fields";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const words = forms.createImage;

/** api/image_names.py. */
const NAME = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

interface Disk {
  device: string;
  volume: string;
  gib: number;
  deleted: boolean;
}

async function disksOf(id: string): Promise<Disk[]> {
  const found = await ec2(new DescribeInstancesCommand({ InstanceIds: [id] }));
  const mappings = found.Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings ?? [];
  const VolumeIds = mappings.flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
  const volumes = VolumeIds.length
    ? ((await ec2(new DescribeVolumesCommand({ VolumeIds }))).Volumes ?? [])
    : [];
  return mappings.map(({ DeviceName, Ebs }) => ({
    device: DeviceName ?? "",
    volume: Ebs?.VolumeId ?? "",
    gib: volumes.find((volume) => volume.VolumeId === Ebs?.VolumeId)?.Size ?? 0,
    deleted: Ebs?.DeleteOnTermination ?? true,
  }));
}

export function CreateImage() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [reboot, setReboot] = useState(true);
  const [tags, setTags] = useState<TagField[]>([]);
  const [kept, setKept] = useState<Record<string, boolean>>({});
  const { answer: disks, problem } = useAnswer(id, () => disksOf(id));

  async function submit() {
    // Only what differs from the instance's own mapping is said.
    const changed = (disks ?? []).filter(
      (disk) => kept[disk.device] !== undefined && kept[disk.device] !== disk.deleted,
    );
    const BlockDeviceMappings: BlockDeviceMapping[] = changed.map((disk) => ({
      DeviceName: disk.device,
      Ebs: { DeleteOnTermination: kept[disk.device] },
    }));
    const Tags = tagsOf(tags);
    const made = await ec2(
      new CreateImageCommand({
        InstanceId: id,
        Name: name,
        Description: description || undefined,
        NoReboot: !reboot,
        BlockDeviceMappings: BlockDeviceMappings.length ? BlockDeviceMappings : undefined,
        TagSpecifications: Tags && [
          { ResourceType: "image", Tags },
          { ResourceType: "snapshot", Tags },
        ],
      }),
    );
    say(words.made(made.ImageId ?? ""), "info");
    go(urls.images);
  }

  const bad = name !== "" && !NAME.test(name);
  return (
    <FormPage
      title={words.title}
      description={words.intro}
      verb={words.submit}
      reason={NAME.test(name) ? null : words.nameBad}
      back={urls.instances}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container header={<Header>{`${words.instance} ${id}`}</Header>}>
        <SpaceBetween size="m">
          <FormField label={words.name} constraintText={words.nameHint} errorText={bad && words.nameBad}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label={words.description}>
            <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
          <Checkbox
            checked={reboot}
            description={words.rebootHint}
            onChange={({ detail }) => setReboot(detail.checked)}
          >
            {words.reboot}
          </Checkbox>
        </SpaceBetween>
      </Container>
      <Table
        header={<Header description={words.volumesHint}>{words.volumes}</Header>}
        ariaLabels={{ tableLabel: words.volumes }}
        items={disks ?? []}
        loading={!disks && !problem}
        loadingText={strings.loading}
        trackBy="device"
        columnDefinitions={[
          { id: "device", header: col.device, cell: (disk) => disk.device, isRowHeader: true },
          { id: "volume", header: col.volume, cell: (disk) => disk.volume },
          { id: "size", header: col.size, cell: (disk) => `${disk.gib} ${strings.units.gib}` },
          {
            id: "deleted",
            header: col.deleteOnTermination,
            cell: (disk) => (
              <Checkbox
                checked={kept[disk.device] ?? disk.deleted}
                onChange={({ detail }) => setKept({ ...kept, [disk.device]: detail.checked })}
              >
                {(kept[disk.device] ?? disk.deleted) ? strings.yes : strings.no}
              </Checkbox>
            ),
          },
        ]}
      />
      <Container header={<Header>{strings.tags.title}</Header>}>
        <TagFields tags={tags} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
