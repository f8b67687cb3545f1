/** The volumes of a new image: the instance's own, and further empty ones. */
import { DescribeInstancesCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { ec2 } from "../aws/ec2";
import { columns as col, forms, strings } from "../strings";
import { VOLUME_TYPES } from "../volume-types";
import { type Blank, blankMapping, type Own } from "./image-mappings";

const words = forms.createImage;

export interface Disk extends Own {
  volume: string;
  gib: number;
  type: string;
  root: boolean;
}

export async function disksOf(id: string): Promise<Disk[]> {
  const found = await ec2(new DescribeInstancesCommand({ InstanceIds: [id] }));
  const instance = found.Reservations?.[0]?.Instances?.[0];
  const mappings = instance?.BlockDeviceMappings ?? [];
  const VolumeIds = mappings.flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
  const volumes = VolumeIds.length
    ? ((await ec2(new DescribeVolumesCommand({ VolumeIds }))).Volumes ?? [])
    : [];
  return mappings.map(({ DeviceName, Ebs }) => {
    const volume = volumes.find((each) => each.VolumeId === Ebs?.VolumeId);
    return {
      device: DeviceName ?? "",
      volume: Ebs?.VolumeId ?? "",
      gib: volume?.Size ?? 0,
      type: volume?.VolumeType ?? "",
      root: DeviceName === instance?.RootDeviceName,
      deleted: Ebs?.DeleteOnTermination ?? true,
    };
  });
}

/** `kept`: by device, whether it is to be deleted, where that was changed. */
export function OwnVolumes({
  disks,
  kept,
  onChange,
}: {
  disks: Disk[] | undefined;
  kept: Record<string, boolean>;
  onChange: (kept: Record<string, boolean>) => void;
}) {
  return (
    <Table
      header={<Header description={words.volumesHint}>{words.volumes}</Header>}
      ariaLabels={{ tableLabel: words.volumes }}
      items={disks ?? []}
      loading={!disks}
      loadingText={strings.loading}
      trackBy="device"
      columnDefinitions={[
        {
          id: "device",
          header: col.device,
          cell: (disk) => (disk.root ? words.root(disk.device) : disk.device),
          isRowHeader: true,
        },
        { id: "volume", header: col.volume, cell: (disk) => disk.volume },
        { id: "size", header: col.size, cell: (disk) => `${disk.gib} ${strings.units.gib}` },
        { id: "type", header: col.type, cell: (disk) => disk.type },
        {
          id: "deleted",
          header: col.deleteOnTermination,
          cell: (disk) => (
            <Checkbox
              checked={kept[disk.device] ?? disk.deleted}
              onChange={({ detail }) => onChange({ ...kept, [disk.device]: detail.checked })}
            >
              {(kept[disk.device] ?? disk.deleted) ? strings.yes : strings.no}
            </Checkbox>
          ),
        },
      ]}
    />
  );
}

export function FurtherVolumes({
  blanks,
  onChange,
}: {
  blanks: Blank[];
  onChange: (blanks: Blank[]) => void;
}) {
  const change = (at: number, changed: Partial<Blank>) =>
    onChange(blanks.map((blank, index) => (index === at ? { ...blank, ...changed } : blank)));
  const options = VOLUME_TYPES.map((value) => ({ value, label: value }));
  const fresh = {
    device: `/dev/sd${String.fromCharCode(102 + blanks.length)}`,
    gib: "8",
    type: "gp3",
    deleted: true,
  };
  return (
    <Container header={<Header description={words.furtherHint}>{words.further}</Header>}>
      <SpaceBetween size="m">
        <AttributeEditor
          items={blanks}
          addButtonText={words.addVolume}
          removeButtonText={strings.tags.remove}
          empty={words.noFurther}
          onAddButtonClick={() => onChange([...blanks, fresh])}
          onRemoveButtonClick={({ detail }) =>
            onChange(blanks.filter((_, index) => index !== detail.itemIndex))
          }
          definition={[
            {
              label: col.device,
              control: (blank, at) => (
                <Input
                  value={blank.device}
                  ariaLabel={col.device}
                  onChange={({ detail }) => change(at, { device: detail.value })}
                />
              ),
            },
            {
              label: words.size,
              control: (blank, at) => (
                <Input
                  type="number"
                  inputMode="numeric"
                  value={blank.gib}
                  ariaLabel={words.size}
                  onChange={({ detail }) => change(at, { gib: detail.value })}
                />
              ),
              errorText: (blank) => (blankMapping(blank) ? undefined : forms.required),
            },
            {
              label: col.type,
              control: (blank, at) => (
                <Select
                  options={options}
                  selectedOption={{ value: blank.type, label: blank.type }}
                  ariaLabel={col.type}
                  onChange={({ detail }) => change(at, { type: detail.selectedOption.value ?? "gp3" })}
                />
              ),
            },
            {
              label: col.deleteOnTermination,
              control: (blank, at) => (
                <Checkbox
                  checked={blank.deleted}
                  onChange={({ detail }) => change(at, { deleted: detail.checked })}
                >
                  {blank.deleted ? strings.yes : strings.no}
                </Checkbox>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
