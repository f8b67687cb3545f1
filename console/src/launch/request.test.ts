import type { Image } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { fieldsProblem, launchProblem } from "./check";
import { FURTHER_VOLUME, freeDevice, NEW_LAUNCH, NEW_TEMPLATE, withImage } from "./fields";
import { fieldsOf } from "./prefill";
import { base64, beyond, dataOf, nextVersion, runRequest, takenBack } from "./request";

const IMAGE = {
  ImageId: "ami-1",
  RootDeviceName: "/dev/sda1",
  BlockDeviceMappings: [
    { DeviceName: "/dev/sdb", Ebs: { VolumeSize: 4, DeleteOnTermination: false } },
    { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 8, DeleteOnTermination: true } },
  ],
} as Image;
const DEVICES = ["/dev/sda1", "/dev/sdb"];
const fields = { ...NEW_LAUNCH, ...withImage(IMAGE) };

test("an image's volumes are the fields', the root first", () => {
  expect(fields.volumes.map((each) => each.device)).toEqual(DEVICES);
  expect(freeDevice(fields.volumes)).toBe("/dev/sdc");
});

test("a launch says what was chosen, and what of the image is left out", () => {
  const [root] = fields.volumes;
  if (!root) throw new Error();
  const extra = { ...FURTHER_VOLUME, device: "/dev/sdf", iops: "4000", snapshot: "snap-1" };
  const chosen = { ...fields, name: "web", volumes: [{ ...root, size: "10" }, extra], userData: "grün" };
  const request = runRequest(dataOf(chosen, ["sg-1"], DEVICES, true), "2");
  expect(request).toMatchObject({
    ImageId: "ami-1",
    MinCount: 2,
    MaxCount: 2,
    SecurityGroupIds: ["sg-1"],
    MetadataOptions: { HttpTokens: "required" },
    UserData: base64("grün"),
    BlockDeviceMappings: [
      { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 10, DeleteOnTermination: true } },
      { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 8, Iops: 4000, SnapshotId: "snap-1", VolumeType: "gp3" } },
      { DeviceName: "/dev/sdb", NoDevice: "" },
    ],
    TagSpecifications: [
      { ResourceType: "instance", Tags: [{ Key: "Name", Value: "web" }] },
      { ResourceType: "volume" },
    ],
  });
  expect(request.NetworkInterfaces).toBeUndefined();
});

test("a public address and a template's subnet are said of the interface, with the groups", () => {
  const asked = dataOf({ ...fields, publicAddress: "no" }, ["sg-1"], DEVICES, true);
  expect(asked.SecurityGroupIds).toBeUndefined();
  expect(asked.NetworkInterfaces).toEqual([
    { DeviceIndex: 0, SubnetId: undefined, Groups: ["sg-1"], AssociatePublicIpAddress: false },
  ]);
  const subnet = { ...fields, subnet: "subnet-1" };
  expect(dataOf(subnet, [], DEVICES, true).SubnetId).toBe("subnet-1");
  expect(dataOf(subnet, [], DEVICES).NetworkInterfaces).toMatchObject([{ SubnetId: "subnet-1" }]);
});

const DATA = {
  ImageId: "ami-1",
  InstanceType: "t3.small" as const,
  KeyName: "mine",
  SecurityGroupIds: ["sg-1"],
  Monitoring: { Enabled: false },
  BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 12 } }],
  MetadataOptions: { HttpTokens: "required" as const, HttpPutResponseHopLimit: 2 },
  TagSpecifications: [{ ResourceType: "instance" as const, Tags: [{ Key: "Name", Value: "web" }] }],
  UserData: base64("#!/bin/sh\n"),
};

test("a template fills the fields in, and a launch that changes nothing sends nothing", () => {
  const filled = fieldsOf(DATA, IMAGE);
  expect(filled).toMatchObject({
    name: "web",
    type: "t3.small",
    groups: ["sg-1"],
    hopLimit: "2",
    tokens: true,
  });
  expect(filled.userData).toBe("#!/bin/sh\n");
  expect(filled.volumes.map((each) => each.size)).toEqual(["12", ""]);
  const said = dataOf(filled, filled.groups, DEVICES, true);
  expect(beyond(said, said)).toEqual({});
  const other = dataOf({ ...filled, type: "t3.large" }, filled.groups, DEVICES, true);
  expect(beyond(other, said)).toEqual({ InstanceType: "t3.large" });
  expect(takenBack(dataOf({ ...filled, key: "" }, [], DEVICES, true), said)).toEqual([
    "KeyName",
    "SecurityGroupIds",
  ]);
});

test("user data that is no text stays the template's", () => {
  const gzip = btoa("\x1f\x8b\x08\xff");
  const filled = fieldsOf({ UserData: gzip }, undefined);
  expect(filled.userData).toBe("");
  const said = dataOf(filled, []);
  expect(nextVersion(said, said, { UserData: gzip })).toEqual({ UserData: gzip });
});

test("a next version keeps what was not touched, and what the fields do not know", () => {
  const filled = fieldsOf(DATA, IMAGE);
  const next = nextVersion(
    dataOf({ ...filled, key: "", type: "t3.large" }, filled.groups, DEVICES),
    dataOf(filled, filled.groups, DEVICES),
    { ...DATA, ImageId: "resolve:ssm:web" },
  );
  expect(next).toEqual({ ...DATA, ImageId: "resolve:ssm:web", InstanceType: "t3.large", KeyName: undefined });
});

test("what the API would refuse is told before", () => {
  expect(launchProblem(fields)).toBeNull();
  expect(launchProblem(NEW_LAUNCH)).toContain("image");
  expect(launchProblem({ ...fields, count: "0" })).toContain("1 to 100");
  expect(launchProblem({ ...fields, groupMode: "existing" })).toContain("security group");
  expect(launchProblem({ ...fields, sshFrom: "home" })).toContain("CIDR");
  expect(fieldsProblem(NEW_TEMPLATE)).toBeNull();
  const [root] = fields.volumes;
  if (!root) throw new Error();
  const withVolumes = (...volumes: (typeof root)[]) => fieldsProblem({ ...fields, volumes });
  expect(withVolumes({ ...root, size: "7" })).toContain("8");
  expect(withVolumes(root, { ...FURTHER_VOLUME, device: "/dev/sda1" })).toContain("twice");
  expect(withVolumes(root, { ...FURTHER_VOLUME, device: "disk" })).toContain("disk");
  expect(withVolumes(root, { ...FURTHER_VOLUME, device: "/dev/sdf", size: "" })).toContain("GiB");
  expect(fieldsProblem({ ...fields, userData: "x".repeat(16385) })).toContain("16,384");
  expect(fieldsProblem({ ...fields, name: "a", tags: [{ key: "Name", value: "b" }] })).toContain("twice");
});
