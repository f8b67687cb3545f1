/** What is stored, as the block store counts it. */
import { amiable } from "./amiable";

/** What an image's snapshots added to the store, in bytes; undefined until all are complete. */
export async function storedBytes(image: string): Promise<number | undefined> {
  const answer = await amiable<{ Images: { StoredBytes?: number }[] }>("DescribeImageStorage", {
    ImageIds: [image],
  });
  return answer.Images[0]?.StoredBytes;
}

/** How much the account has in this Region; bytes. */
export interface Storage {
  Images: number;
  Snapshots: number;
  SnapshotBytes: number;
  StoredBytes: number;
  Volumes: number;
  VolumeBytes: number;
}

export const describeStorage = () => amiable<Storage>("DescribeStorage", {});
