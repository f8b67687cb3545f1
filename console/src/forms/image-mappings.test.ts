import { expect, test } from "vitest";
import { blankMapping, mappingsOf } from "./image-mappings";

const own = [
  { device: "/dev/sda1", deleted: true },
  { device: "/dev/sdb", deleted: false },
];
const blank = { device: "/dev/sdf", gib: "20", type: "gp2", deleted: false };

test("of an instance's volumes only what was changed is said; further ones are added", () => {
  expect(mappingsOf(own, {}, [])).toEqual([]);
  expect(mappingsOf(own, { "/dev/sda1": false, "/dev/sdb": false }, [blank])).toEqual([
    { DeviceName: "/dev/sda1", Ebs: { DeleteOnTermination: false } },
    { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 20, VolumeType: "gp2", DeleteOnTermination: false } },
  ]);
});

test("a further volume needs a device and a size", () => {
  expect(blankMapping({ ...blank, gib: "0" })).toBeNull();
  expect(blankMapping({ ...blank, gib: "1.5" })).toBeNull();
  expect(blankMapping({ ...blank, device: "" })).toBeNull();
});
