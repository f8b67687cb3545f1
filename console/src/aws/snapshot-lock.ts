import { DescribeLockedSnapshotsCommand, type LockedSnapshotsInfo } from "@aws-sdk/client-ec2";
import { ec2 } from "./ec2";
import { problemOf } from "./errors";

/** The lock that a snapshot of one's own has or had; null for none. */
export async function lockOf(SnapshotId: string): Promise<LockedSnapshotsInfo | null> {
  try {
    const answer = await ec2(new DescribeLockedSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
    return answer.Snapshots?.[0] ?? null;
  } catch (error) {
    // So the API names a snapshot that was never locked, or is another's.
    if (problemOf(error).code === "InvalidSnapshot.NotFound") return null;
    throw error;
  }
}
