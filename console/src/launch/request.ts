/** Fields as the API takes them, and what of that a template says already. */
import type {
  _InstanceType,
  IpPermission,
  RequestLaunchTemplateData,
  RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { tagsOf } from "../ui/tag-fields";
import type { LaunchFields, VolumeField } from "./fields";

/** The members that the fields can say; a template's others stay as they are. */
export const MEMBERS = [
  "ImageId",
  "InstanceType",
  "KeyName",
  "SecurityGroupIds",
  "NetworkInterfaces",
  "BlockDeviceMappings",
  "IamInstanceProfile",
  "InstanceInitiatedShutdownBehavior",
  "DisableApiTermination",
  "DisableApiStop",
  "MetadataOptions",
  "UserData",
  "TagSpecifications",
] as const;

type Data = RequestLaunchTemplateData & { SubnetId?: string };

export const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const number = (text: string) => (text === "" ? undefined : Number(text));

/** The rules of the boxes that are ticked. */
export function ingressOf({ ssh, https, http, sshFrom }: LaunchFields): IpPermission[] {
  const open = (port: number, CidrIp: string): IpPermission => ({
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    IpRanges: [{ CidrIp }],
  });
  return [
    ...(ssh ? [open(22, sshFrom)] : []),
    ...(https ? [open(443, "0.0.0.0/0")] : []),
    ...(http ? [open(80, "0.0.0.0/0")] : []),
  ];
}

function mappingOf(volume: VolumeField) {
  return {
    DeviceName: volume.device,
    Ebs: {
      VolumeSize: number(volume.size),
      VolumeType: (volume.type || undefined) as "gp3" | undefined,
      Iops: number(volume.iops),
      Throughput: number(volume.throughput),
      SnapshotId: volume.snapshot || undefined,
      DeleteOnTermination: volume.deleteOnTermination,
    },
  };
}

/**
 * What the fields say. `imageDevices`: those of the image that are left out are said so. `flat` keeps subnet
 * and groups out of NetworkInterfaces, which RunInstances lets where no public address is chosen.
 */
export function dataOf(
  fields: LaunchFields,
  groupIds: string[],
  imageDevices: string[] = [],
  flat = false,
): Data {
  const { subnet, publicAddress, profile, hopLimit } = fields;
  const Groups = groupIds.length ? groupIds : undefined;
  const apart = publicAddress !== "" || (subnet !== "" && !flat);
  const Tags = tagsOf([{ key: fields.name ? "Name" : "", value: fields.name }, ...fields.tags]);
  const left = imageDevices.filter((name) => !fields.volumes.some(({ device }) => device === name));
  const mappings = [
    ...fields.volumes.map(mappingOf),
    ...left.map((DeviceName) => ({ DeviceName, NoDevice: "" })),
  ];
  return {
    ImageId: fields.imageId || undefined,
    InstanceType: (fields.type || undefined) as _InstanceType | undefined,
    KeyName: fields.key || undefined,
    SecurityGroupIds: apart ? undefined : Groups,
    SubnetId: apart ? undefined : subnet || undefined,
    NetworkInterfaces: apart
      ? [
          {
            DeviceIndex: 0,
            SubnetId: subnet || undefined,
            Groups,
            AssociatePublicIpAddress: publicAddress === "" ? undefined : publicAddress === "yes",
          },
        ]
      : undefined,
    BlockDeviceMappings: mappings.length ? mappings : undefined,
    IamInstanceProfile: profile
      ? profile.startsWith("arn:")
        ? { Arn: profile }
        : { Name: profile }
      : undefined,
    InstanceInitiatedShutdownBehavior: fields.shutdown || undefined,
    DisableApiTermination: fields.terminationProtection || undefined,
    DisableApiStop: fields.stopProtection || undefined,
    MetadataOptions: {
      HttpTokens: fields.tokens ? "required" : "optional",
      HttpEndpoint: fields.metadata ? undefined : "disabled",
      HttpPutResponseHopLimit: number(hopLimit),
      InstanceMetadataTags: fields.metadataTags ? "enabled" : undefined,
    },
    UserData: fields.userData ? base64(fields.userData) : undefined,
    TagSpecifications: Tags && [
      { ResourceType: "instance", Tags },
      { ResourceType: "volume", Tags },
    ],
  };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The members of `data` that the template's fields, as they were filled in, do not say. */
export function beyond(data: Data, template: Data): Data {
  return Object.fromEntries(
    Object.entries(data).filter(
      ([name, value]) => value !== undefined && !same(value, template[name as keyof Data]),
    ),
  );
}

/** Members that the template says and these do not: a launch can change them, not take them back. */
export function takenBack(data: Data, template: Data): string[] {
  return Object.entries(template)
    .filter(([name, value]) => value !== undefined && data[name as keyof Data] === undefined)
    .map(([name]) => name);
}

/** A template's next version: what was not touched, and what the fields do not know, stays as it was. */
export function nextVersion(
  data: Data,
  filledIn: Data,
  source: RequestLaunchTemplateData,
): RequestLaunchTemplateData {
  const next: Record<string, unknown> = { ...source };
  for (const name of MEMBERS) if (!same(data[name], filledIn[name])) next[name] = data[name];
  return next;
}

export function runRequest(
  data: Data,
  count: string,
  LaunchTemplate?: { LaunchTemplateId: string; Version: string },
) {
  // Both shapes spell these members alike; only their types have different names.
  return {
    ...data,
    LaunchTemplate,
    MinCount: Number(count),
    MaxCount: Number(count),
  } as RunInstancesCommandInput;
}
