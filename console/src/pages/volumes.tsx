import {
  CreateSnapshotCommand,
  DeleteVolumeCommand,
  DescribeVolumesModificationsCommand,
  DetachVolumeCommand,
  type Volume,
} from "@aws-sdk/client-ec2";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { listVolumes } from "../aws/lists";
import { useAsked } from "../list/asked";
import { tagOf } from "../list/filters";
import { one } from "../list/one";
import { type Action, ResourcePage } from "../list/resource-page";
import * as rules from "../rules";
import { columns as col, launch, strings, volumes as words } from "../strings";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Link } from "../ui/link";
import { useNotices } from "../ui/notices";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const size = (volume: Volume) => `${volume.Size ?? 0} ${strings.units.gib}`;
const holder = (volume: Volume) => volume.Attachments?.[0]?.InstanceId;

export function Volumes() {
  const go = useNavigate();
  return (
    <ResourcePage<Volume>
      title={words.title}
      fetch={listVolumes}
      id={(volume) => volume.VolumeId ?? ""}
      idFilter="volume-id"
      moving={(v) => rules.isMoving(v.State) || rules.isMoving(v.Attachments?.[0]?.State)}
      primary={{ text: words.create, act: () => go(urls.createVolume) }}
      actions={useActions()}
      properties={[
        ["volume-id", col.id],
        ["tag:Name", col.name],
        ["status", col.state, ["creating", "available", "in-use", "deleting"]],
        ["volume-type", col.type],
        ["availability-zone", col.zone],
        ["snapshot-id", col.snapshot],
        ["attachment.instance-id", col.attached],
      ]}
      columns={[
        {
          id: "name",
          header: col.name,
          cell: (v) => tagOf(v.Tags, "Name") || strings.none,
          isRowHeader: true,
          width: 180,
        },
        { id: "id", header: col.id, cell: (v) => v.VolumeId, width: 210 },
        { id: "state", header: col.state, cell: (v) => <State state={v.State} />, width: 130 },
        { id: "size", header: col.size, cell: size, width: 100 },
        { id: "type", header: col.type, cell: (v) => v.VolumeType, width: 80 },
        {
          id: "attached",
          header: col.attached,
          cell: (v) => {
            const instance = holder(v);
            return instance ? <Link to={urls.instance(instance)}>{instance}</Link> : strings.none;
          },
          width: 210,
        },
        { id: "zone", header: col.zone, cell: (v) => v.AvailabilityZone, width: 150 },
        { id: "created", header: col.created, cell: (v) => when(v.CreateTime), width: 180 },
      ]}
      details={(v) => (
        <SpaceBetween size="l">
          <Facts
            facts={{
              [col.id]: v.VolumeId,
              [col.state]: <State state={v.State} />,
              [col.size]: size(v),
              [col.type]: v.VolumeType,
              [col.iops]: v.Iops,
              [launch.throughput]: v.Throughput,
              [col.snapshot]: v.SnapshotId && <Link to={urls.snapshot(v.SnapshotId)}>{v.SnapshotId}</Link>,
            }}
          />
          <Rows
            caption={col.attached}
            columns={[col.attached, col.device, col.state, col.deleteOnTermination]}
            rows={(v.Attachments ?? []).map((each) => [
              each.InstanceId,
              each.Device,
              each.State,
              each.DeleteOnTermination ? strings.yes : strings.no,
            ])}
          />
          <Modification id={v.VolumeId ?? ""} size={v.Size} />
          <Tags tags={v.Tags} />
        </SpaceBetween>
      )}
    />
  );
}

/** How far the last modification is; nothing for a volume that had none. */
function Modification({ id, size }: { id: string; size: number | undefined }) {
  const { answer, problem } = useAnswer(`${id} ${size}`, () =>
    ec2(new DescribeVolumesModificationsCommand({ Filters: [{ Name: "volume-id", Values: [id] }] })),
  );
  const change = answer?.VolumesModifications?.[0];
  return (
    <>
      <Trouble problem={problem} />
      {change && (
        <Facts
          facts={{
            [words.modification]: `${change.OriginalSize} → ${change.TargetSize} ${strings.units.gib}`,
            [col.state]: change.ModificationState,
            [col.progress]: `${change.Progress ?? 0}%`,
            [col.reason]: change.StatusMessage,
          }}
        />
      )}
    </>
  );
}

function useActions(): Action<Volume>[] {
  const go = useNavigate();
  const { say, fail } = useNotices();
  const ids = (selected: Volume[]) => selected.map((volume) => volume.VolumeId ?? "");
  const asked = useAsked();
  const question = (verb: string, body: string, run: (VolumeId: string) => Promise<unknown>) =>
    asked<Volume>(
      verb,
      body,
      (volume) => volume.VolumeId,
      (volume) => run(volume.VolumeId ?? ""),
    );

  return [
    {
      id: "snapshot",
      text: words.snapshot,
      reason: one(rules.snapshotVolume),
      act: (selected) => {
        ec2(new CreateSnapshotCommand({ VolumeId: ids(selected)[0] }))
          .then((made) => {
            say(words.snapshotMade(made.SnapshotId ?? ""), "info");
            go(urls.snapshots);
          })
          .catch((error) => fail(words.snapshot, error));
      },
    },
    {
      id: "modify",
      text: words.modify,
      reason: one(rules.modifyVolume),
      act: (selected) => go(urls.modifyVolume(ids(selected)[0] ?? "")),
    },
    {
      id: "attach",
      text: words.attach,
      reason: one(rules.attachVolume),
      act: (selected) => go(urls.attachVolume(ids(selected)[0] ?? "")),
    },
    {
      id: "detach",
      text: words.detach,
      reason: one(rules.detachVolume),
      act: question(words.detach, words.detachBody, (VolumeId) => ec2(new DetachVolumeCommand({ VolumeId }))),
    },
    {
      id: "force",
      text: words.force,
      reason: one(rules.detachVolume),
      act: question(words.force, words.forceBody, (VolumeId) =>
        ec2(new DetachVolumeCommand({ VolumeId, Force: true })),
      ),
    },
    {
      id: "delete",
      text: words.remove,
      reason: (selected) => rules.forAll(selected, rules.deleteVolume, strings.list.choose),
      act: question(words.remove, words.removeBody, (VolumeId) => ec2(new DeleteVolumeCommand({ VolumeId }))),
    },
  ];
}
