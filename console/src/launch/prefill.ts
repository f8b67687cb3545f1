/** A version of a launch template as the fields that it fills in. */
import type { Image, ResponseLaunchTemplateData } from "@aws-sdk/client-ec2";
import { tagOf } from "../list/filters";
import { FURTHER_VOLUME, type LaunchFields, NEW_TEMPLATE, type VolumeField, withImage } from "./fields";

const text = (value: number | undefined) => (value === undefined ? "" : String(value));

/** Text of base64; empty for what is no text, which so stays the template's. */
export function textOf(base64: string | undefined): string {
  if (!base64) return "";
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return "";
    throw error;
  }
}

/** `image` is the one that the template names, which tells its volumes. */
export function fieldsOf(data: ResponseLaunchTemplateData, image: Image | undefined): LaunchFields {
  const [wire] = data.NetworkInterfaces ?? [];
  const tags = data.TagSpecifications?.find((each) => each.ResourceType === "instance")?.Tags ?? [];
  const options = data.MetadataOptions;
  const ofImage = withImage(image);
  const fields: LaunchFields = {
    ...NEW_TEMPLATE,
    ...ofImage,
    volumes: overlaid(ofImage.volumes ?? [], data.BlockDeviceMappings ?? []),
    imageId: data.ImageId ?? "",
    name: tagOf(tags, "Name"),
    tags: tags
      .filter((tag) => tag.Key !== "Name")
      .map((tag) => ({ key: tag.Key ?? "", value: tag.Value ?? "" })),
    type: data.InstanceType ?? "",
    key: data.KeyName ?? "",
    groups: wire?.Groups ?? data.SecurityGroupIds ?? [],
    subnet: wire?.SubnetId ?? "",
    publicAddress:
      wire?.AssociatePublicIpAddress === undefined ? "" : wire.AssociatePublicIpAddress ? "yes" : "no",
    profile: data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name ?? "",
    shutdown: data.InstanceInitiatedShutdownBehavior ?? "",
    terminationProtection: data.DisableApiTermination ?? false,
    stopProtection: data.DisableApiStop ?? false,
    metadata: options?.HttpEndpoint !== "disabled",
    tokens: options?.HttpTokens === "required",
    hopLimit: text(options?.HttpPutResponseHopLimit),
    metadataTags: options?.InstanceMetadataTags === "enabled",
    userData: textOf(data.UserData),
  };
  return fields;
}

function overlaid(
  volumes: VolumeField[],
  mappings: NonNullable<ResponseLaunchTemplateData["BlockDeviceMappings"]>,
): VolumeField[] {
  const found = new Map(volumes.map((volume) => [volume.device, volume]));
  for (const { DeviceName = "", NoDevice, Ebs } of mappings) {
    if (NoDevice !== undefined) {
      found.delete(DeviceName);
      continue;
    }
    const before = found.get(DeviceName) ?? { ...FURTHER_VOLUME, device: DeviceName, size: "", type: "" };
    found.set(DeviceName, {
      ...before,
      size: text(Ebs?.VolumeSize),
      type: Ebs?.VolumeType ?? "",
      iops: text(Ebs?.Iops),
      throughput: text(Ebs?.Throughput),
      snapshot: Ebs?.SnapshotId ?? "",
      deleteOnTermination: Ebs?.DeleteOnTermination ?? before.deleteOnTermination,
    });
  }
  return [...found.values()];
}
