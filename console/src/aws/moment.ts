/**
 * A temporary snapshot of an instance's root volume, for as long as something is done with it. A tab that is
 * closed meanwhile leaves it behind: the next one of that instance takes it away, once it is an hour old.
 */
import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  type Instance,
  type Snapshot,
} from "@aws-sdk/client-ec2";
import { drift as words } from "../strings";
import { ec2 } from "./ec2";
import { pause } from "./pause";

const POLL = 1000;
const LEFT_BEHIND = 3600_000;

const drop = (SnapshotId: string | undefined) => ec2(new DeleteSnapshotCommand({ SnapshotId }));

async function dropLeftBehind(description: string): Promise<void> {
  const Filters = [{ Name: "description", Values: [description] }];
  const found = await ec2(new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters, MaxResults: 50 }));
  const old = (each: { StartTime?: Date }) => Date.now() - Number(each.StartTime) > LEFT_BEHIND;
  await Promise.all((found.Snapshots ?? []).filter(old).map((each) => drop(each.SnapshotId)));
}

/** Runs `use` with the id of a completed snapshot, which is deleted afterwards, whatever comes out. */
export async function atThisMoment<T>(
  instance: Instance,
  tell: (progress: string) => void,
  use: (snapshot: string) => Promise<T>,
): Promise<T> {
  const root = instance.BlockDeviceMappings?.find((each) => each.DeviceName === instance.RootDeviceName);
  if (!root?.Ebs?.VolumeId) throw new Error(words.noRoot);
  const Description = words.temporary(instance.InstanceId ?? "");
  await dropLeftBehind(Description);
  let made: Snapshot = await ec2(new CreateSnapshotCommand({ VolumeId: root.Ebs.VolumeId, Description }));
  const { SnapshotId = "" } = made;
  try {
    while (made.State === "pending") {
      tell(made.Progress ?? "");
      await pause(POLL);
      const answer = await ec2(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
      made = answer.Snapshots?.[0] ?? {};
    }
    if (made.State !== "completed") {
      throw Object.assign(new Error(made.StateMessage ?? made.State), { name: words.failed });
    }
    return await use(SnapshotId);
  } finally {
    await drop(SnapshotId);
  }
}
