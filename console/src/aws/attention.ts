/** What wants somebody's attention: what failed, and is still there. */
import { DescribeInstanceStatusCommand } from "@aws-sdk/client-ec2";
import { dashboard as words } from "../strings";
import { urls } from "../urls";
import { listBuilds, tail } from "./builder-lists";
import { ec2 } from "./ec2";
import { listImages, listSnapshots, listVolumes } from "./lists";

export interface Concern {
  text: string;
  url: string;
}

const having = (Name: string, value: string) => [{ Name, Values: [value] }];

/** Of each kind a page at most: whoever has more has enough to do. */
export async function concerns(): Promise<Concern[]> {
  const impaired = ec2(
    new DescribeInstanceStatusCommand({
      Filters: having("instance-status.status", "impaired"),
      MaxResults: 50,
    }),
  );
  const [statuses, images, snapshots, volumes, builds] = await Promise.all([
    impaired,
    listImages({ Owners: ["self"] }, having("state", "failed")),
    listSnapshots({ OwnerIds: ["self"] }, having("status", "error")),
    listVolumes(having("status", "error")),
    listBuilds(having("status", "FAILED")),
  ]);
  return [
    ...(statuses.InstanceStatuses ?? []).map(({ InstanceId = "" }) => ({
      text: words.impaired(InstanceId),
      url: urls.instance(InstanceId),
    })),
    ...images.items.map(({ ImageId = "", Name = "", StateReason }) => ({
      text: words.failedImage(Name || ImageId, StateReason?.Message ?? ""),
      url: urls.image(ImageId),
    })),
    ...snapshots.items.map(({ SnapshotId = "" }) => ({
      text: words.failedSnapshot(SnapshotId),
      url: `${urls.snapshots}?id=${SnapshotId}`,
    })),
    ...volumes.items.map(({ VolumeId = "" }) => ({
      text: words.failedVolume(VolumeId),
      url: `${urls.volumes}?id=${VolumeId}`,
    })),
    ...builds.items.map(({ arn, state }) => ({
      text: words.failedBuild(tail(arn), state?.reason ?? ""),
      url: urls.build(tail(arn)),
    })),
  ];
}
