/**
 * What a launch is made of, as a person fills it in. The same fields make a RunInstances request and the data
 * of a launch template; an empty text leaves a member out.
 */
import type { Image } from "@aws-sdk/client-ec2";
import type { TagField } from "../ui/tag-fields";

export interface VolumeField {
  device: string;
  /** GiB; empty for what the image or the snapshot has. */
  size: string;
  /** Empty for the image's. */
  type: string;
  iops: string;
  throughput: string;
  snapshot: string;
  deleteOnTermination: boolean;
  /** The size of the image's own volume, which is the least; 0 for a further one. */
  least: number;
}

export interface LaunchFields {
  name: string;
  tags: TagField[];
  imageId: string;
  type: string;
  key: string;
  groupMode: "new" | "existing";
  groups: string[];
  ssh: boolean;
  https: boolean;
  http: boolean;
  sshFrom: string;
  vpc: string;
  subnet: string;
  publicAddress: "" | "yes" | "no";
  rootDevice: string;
  volumes: VolumeField[];
  profile: string;
  shutdown: "" | "stop" | "terminate";
  terminationProtection: boolean;
  stopProtection: boolean;
  metadata: boolean;
  tokens: boolean;
  hopLimit: string;
  metadataTags: boolean;
  userData: string;
  count: string;
}

export type Change = (changed: Partial<LaunchFields>) => void;

export const NEW_LAUNCH: LaunchFields = {
  name: "",
  tags: [],
  imageId: "",
  type: "t3.micro",
  key: "",
  groupMode: "new",
  groups: [],
  ssh: true,
  https: false,
  http: false,
  sshFrom: "0.0.0.0/0",
  vpc: "",
  subnet: "",
  publicAddress: "",
  rootDevice: "",
  volumes: [],
  profile: "",
  shutdown: "",
  terminationProtection: false,
  stopProtection: false,
  metadata: true,
  tokens: true,
  hopLimit: "",
  metadataTags: false,
  userData: "",
  count: "1",
};

/** A template says only what it is told to. */
export const NEW_TEMPLATE: LaunchFields = { ...NEW_LAUNCH, type: "", groupMode: "existing" };

export const FURTHER_VOLUME: VolumeField = {
  device: "",
  size: "8",
  type: "gp3",
  iops: "",
  throughput: "",
  snapshot: "",
  deleteOnTermination: true,
  least: 0,
};

/** The fields that another image changes: its volumes replace those of the one before. */
export function withImage(image: Image | undefined): Partial<LaunchFields> {
  const volumes = (image?.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
    DeviceName && Ebs
      ? {
          ...FURTHER_VOLUME,
          device: DeviceName,
          size: "",
          type: "",
          deleteOnTermination: Ebs.DeleteOnTermination ?? true,
          least: Ebs.VolumeSize ?? 1,
        }
      : [],
  );
  const rootDevice = image?.RootDeviceName ?? "";
  const rank = (volume: VolumeField) => (volume.device === rootDevice ? "" : volume.device);
  return {
    imageId: image?.ImageId ?? "",
    rootDevice,
    volumes: volumes.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)),
  };
}

/** A device name that no volume has yet, as EC2's console counts them. */
export function freeDevice(volumes: VolumeField[]): string {
  const taken = new Set(volumes.map((volume) => volume.device));
  const letter = [..."bcdefghijklmnopqrstuvwxyz"].find((each) => !taken.has(`/dev/sd${each}`));
  return `/dev/sd${letter ?? "b"}`;
}
