import { expect, test } from "vitest";
import { monthSoFar, period } from "./period";

test("a period has its last day in it", () => {
  expect(monthSoFar(new Date("2026-11-26T23:59:59Z"))).toEqual({ first: "2026-11-01", last: "2026-11-26" });
  expect(period("2026-11-26", "2026-11-26")).toEqual({
    since: new Date("2026-11-26T00:00:00Z"),
    until: new Date("2026-11-27T00:00:00Z"),
  });
});

test("what is no period is told so", () => {
  expect(period("2026-11-02", "2026-11-01")).toBeNull();
  expect(period("2024-01-01", "2026-01-01")).toBeNull();
  expect(period("", "2026-01-01")).toBeNull();
});
