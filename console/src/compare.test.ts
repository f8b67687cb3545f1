import { expect, test } from "vitest";
import { compare } from "./compare";

test("entries of lists are told apart by their names, so that one more moves no other", () => {
  const device = (DeviceName: string, VolumeSize: number) => ({ DeviceName, Ebs: { VolumeSize } });
  const left = { ImageId: "ami-1", BlockDeviceMappings: [device("/dev/sda1", 8)] };
  const right = { BlockDeviceMappings: [device("/dev/sdb", 1), device("/dev/sda1", 9)] };
  expect(compare(left, right)).toEqual([
    { path: "BlockDeviceMappings /dev/sda1 DeviceName", left: "/dev/sda1", right: "/dev/sda1" },
    { path: "BlockDeviceMappings /dev/sda1 Ebs VolumeSize", left: "8", right: "9" },
    { path: "BlockDeviceMappings /dev/sdb DeviceName", left: undefined, right: "/dev/sdb" },
    { path: "BlockDeviceMappings /dev/sdb Ebs VolumeSize", left: undefined, right: "1" },
    { path: "ImageId", left: "ami-1", right: undefined },
  ]);
});

test("what has no name is told apart by its place", () => {
  expect(compare({ Groups: ["a", "b"] }, { Groups: ["a"] })).toEqual([
    { path: "Groups 1", left: "a", right: "a" },
    { path: "Groups 2", left: "b", right: undefined },
  ]);
});
