/** The lists of the API, page by page. */
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type Filter,
  type Image,
  type Instance,
  type Snapshot,
  type Volume,
} from "@aws-sdk/client-ec2";
import type { Page } from "../list/use-pages";
import { ec2 } from "./ec2";

export const PAGE = 50;

const some = (filters: Filter[]) => (filters.length ? filters : undefined);

export async function listInstances(Filters: Filter[], NextToken?: string): Promise<Page<Instance>> {
  const answer = await ec2(
    new DescribeInstancesCommand({ Filters: some(Filters), NextToken, MaxResults: PAGE }),
  );
  return {
    items: (answer.Reservations ?? []).flatMap((each) => each.Instances ?? []),
    next: answer.NextToken,
  };
}

export interface ImageScope {
  Owners?: string[];
  ExecutableUsers?: string[];
  IncludeDisabled?: boolean;
}

export async function listImages(
  scope: ImageScope,
  Filters: Filter[],
  NextToken?: string,
): Promise<Page<Image>> {
  const answer = await ec2(
    new DescribeImagesCommand({ ...scope, Filters: some(Filters), NextToken, MaxResults: PAGE }),
  );
  return { items: answer.Images ?? [], next: answer.NextToken };
}

export interface SnapshotScope {
  OwnerIds?: string[];
  RestorableByUserIds?: string[];
}

export async function listSnapshots(
  scope: SnapshotScope,
  Filters: Filter[],
  NextToken?: string,
): Promise<Page<Snapshot>> {
  const answer = await ec2(
    new DescribeSnapshotsCommand({ ...scope, Filters: some(Filters), NextToken, MaxResults: PAGE }),
  );
  return { items: answer.Snapshots ?? [], next: answer.NextToken };
}

export async function listVolumes(Filters: Filter[], NextToken?: string): Promise<Page<Volume>> {
  const answer = await ec2(
    new DescribeVolumesCommand({ Filters: some(Filters), NextToken, MaxResults: PAGE }),
  );
  return { items: answer.Volumes ?? [], next: answer.NextToken };
}
