import { expect, test } from "vitest";
import { lostBy, momentReason, NEW_UPDATE, updateOf, updateReason } from "./state-update";

const later = { ...NEW_UPDATE, later: true, day: "2026-11-27", time: "03:30" };
const at = new Date(2026, 10, 27, 3, 30);

test("snapshots go with deleted AMIs only", () => {
  const all = { ...NEW_UPDATE, snapshots: true };
  expect(updateOf("arn", "DELETED", all).includeResources).toEqual({ amis: true, snapshots: true });
  expect(updateOf("arn", "DISABLED", all).includeResources).toEqual({ amis: true, snapshots: false });
  expect(updateOf("arn", "DELETED", { ...all, amis: false }).includeResources?.snapshots).toBe(false);
  expect(lostBy("DELETED", all)).toContain("with all data");
  expect(lostBy("DELETED", NEW_UPDATE)).toContain("snapshots of the AMIs stay");
  expect(lostBy("DELETED", { ...all, amis: false })).toContain("Its AMIs stay");
});

test("it happens now, or at a time to come", () => {
  expect(updateOf("arn", "DISABLED", NEW_UPDATE).updateAt).toBeUndefined();
  expect(updateOf("arn", "DISABLED", later).updateAt).toEqual(at);
  expect(updateReason(later, at.getTime() - 1)).toBeNull();
  expect(momentReason(later, at.getTime())).not.toBeNull();
  expect(momentReason({ ...later, time: "" }, 0)).not.toBeNull();
  expect(updateReason({ ...NEW_UPDATE, role: "" }, 0)).not.toBeNull();
});
