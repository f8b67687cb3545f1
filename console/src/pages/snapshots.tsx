import { DeleteSnapshotCommand, type Snapshot } from "@aws-sdk/client-ec2";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ec2 } from "../aws/ec2";
import { listSnapshots } from "../aws/lists";
import { tagOf } from "../list/filters";
import { ResourcePage } from "../list/resource-page";
import { deleteSnapshot, forAll, isMoving } from "../rules";
import { columns as col, strings, snapshots as words } from "../strings";
import { Facts, Tags, when } from "../ui/details";
import { useNotices } from "../ui/notices";
import { State } from "../ui/state";

const size = (snapshot: Snapshot) => `${snapshot.VolumeSize ?? 0} ${strings.units.gib}`;
const progress = (snapshot: Snapshot) => (snapshot.State === "pending" ? snapshot.Progress : undefined);

export function Snapshots() {
  const { ask } = useNotices();
  return (
    <ResourcePage<Snapshot>
      title={words.title}
      fetch={listSnapshots}
      id={(snapshot) => snapshot.SnapshotId ?? ""}
      idFilter="snapshot-id"
      moving={(snapshot) => isMoving(snapshot.State)}
      properties={[
        ["snapshot-id", col.id],
        ["tag:Name", col.name],
        ["status", col.state, ["pending", "completed", "error"]],
        ["volume-id", col.volume],
        ["description", col.description],
      ]}
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
          cell: (s) => <State state={s.State} more={progress(s)} />,
          width: 170,
        },
        { id: "started", header: col.started, cell: (s) => when(s.StartTime), width: 180 },
        { id: "volume", header: col.volume, cell: (s) => s.VolumeId, width: 210 },
        { id: "description", header: col.description, cell: (s) => s.Description, width: 300 },
      ]}
      actions={[
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, deleteSnapshot, strings.list.choose),
          act: (selected, refresh) =>
            ask({
              title: words.remove,
              verb: words.remove,
              body: `${words.removeBody} ${selected.map((s) => s.SnapshotId).join(", ")}`,
              act: () =>
                Promise.all(selected.map(({ SnapshotId }) => ec2(new DeleteSnapshotCommand({ SnapshotId })))),
              done: refresh,
            }),
        },
      ]}
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
          <Tags tags={s.Tags} />
        </SpaceBetween>
      )}
    />
  );
}
