/** Images that are cleaned before they are made (docs/clean.md). */
import type { CreateImageRequest } from "@aws-sdk/client-ec2";
import { amiable } from "./amiable";
import { problemOf } from "./errors";

export interface Cleaning {
  Kept: string[];
  /** Absent until it is over. */
  Removed?: { Operation: string; Title: string; Files: number; Bytes: number }[];
  Untouched?: string[];
}

/** What was removed from an image; null of one that was not made so. */
export async function cleaningOf(ImageId: string): Promise<Cleaning | null> {
  try {
    return (await amiable<{ Cleaning: Cleaning }>("GetImageCleaning", { ImageId })).Cleaning;
  } catch (error) {
    if (problemOf(error).code === "IncorrectState") return null;
    throw error;
  }
}

/** What can be kept: the names of docs/clean.md (compute/cleaner/operations.py). */
export const OPERATIONS = [
  "users",
  "passwords",
  "credentials",
  "authorized-keys",
  "host-keys",
  "histories",
  "logs",
  "caches",
  "machine-id",
  "cloud-init",
  "random-seed",
  "leases",
  "temporary",
  "free-space",
] as const;

/** The id of a new image without what belongs to the machine it is made of. */
export async function createCleanImage(
  request: Omit<CreateImageRequest, "DryRun"> & { Keep: string[]; DisableServices: string[] },
): Promise<string> {
  return (await amiable<{ ImageId: string }>("CreateCleanImage", request)).ImageId;
}
