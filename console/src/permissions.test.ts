import { expect, test } from "vitest";
import { changes } from "./permissions";

test("only what differs is added and removed; organisations are left alone", () => {
  const before = [{ UserId: "111111111111" }, { Group: "all" as const }, { OrganizationArn: "arn:o" }];
  expect(changes(before, false, ["222222222222"])).toEqual({
    Add: [{ UserId: "222222222222" }],
    Remove: [{ Group: "all" }, { UserId: "111111111111" }],
  });
  expect(changes(before, true, ["111111111111"])).toEqual({ Add: [], Remove: [] });
});
