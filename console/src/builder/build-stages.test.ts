import type { WorkflowExecutionMetadata } from "@aws-sdk/client-imagebuilder";
import { expect, test } from "vitest";
import { endedIn, stagesOf } from "./build-stages";

const ran = (...all: [string, string][]) =>
  all.map(([type, status]) => ({ type, status })) as WorkflowExecutionMetadata[];

test("a build that is under way", () => {
  const line = stagesOf(
    "TESTING",
    ran(["BUILD", "COMPLETED"], ["TEST", "RUNNING"], ["DISTRIBUTION", "PENDING"]),
  );
  expect(line).toEqual([
    ["PENDING", "done"],
    ["CREATING", "done"],
    ["BUILDING", "done"],
    ["TESTING", "now"],
    ["DISTRIBUTING", "to come"],
    ["AVAILABLE", "to come"],
  ]);
});

test("stages that a build has not are not on its line", () => {
  const line = stagesOf("AVAILABLE", ran(["BUILD", "COMPLETED"]));
  expect(line).toEqual([
    ["PENDING", "done"],
    ["CREATING", "done"],
    ["BUILDING", "done"],
    ["AVAILABLE", "done"],
  ]);
  expect(stagesOf("DEPRECATED", []).at(-1)).toEqual(["AVAILABLE", "done"]);
});

test("where it failed, or was cancelled", () => {
  const failed = ran(["BUILD", "COMPLETED"], ["TEST", "FAILED"], ["DISTRIBUTION", "CANCELLED"]);
  expect(endedIn(failed)).toBe("TESTING");
  expect(stagesOf("FAILED", failed)).toContainEqual(["TESTING", "failed"]);
  expect(stagesOf("CANCELLED", ran(["BUILD", "CANCELLED"]))).toContainEqual(["BUILDING", "cancelled"]);
  expect(stagesOf("FAILED", [])[0]).toEqual(["PENDING", "failed"]);
});

test("of a stage that was retried the last execution counts", () => {
  expect(endedIn(ran(["BUILD", "COMPLETED"], ["TEST", "FAILED"], ["TEST", "COMPLETED"]))).toBeUndefined();
});
