import { expect, test } from "vitest";
import { cancelBuild, cancelExecution, changeState, deleteBuild, retryBuild } from "./builder-rules";

const build = (status: string) => ({ state: { status } }) as never;

test("a build is cancelled under way, and deleted after", () => {
  expect(cancelBuild(build("TESTING"))).toBeNull();
  expect(deleteBuild(build("TESTING"))).toContain("cancel it first");
  expect(cancelBuild(build("AVAILABLE"))).not.toBeNull();
  expect(deleteBuild(build("FAILED"))).toBeNull();
});

test("only what made an image is taken up again", () => {
  expect(retryBuild(build("FAILED"), "TESTING")).toBeNull();
  expect(retryBuild(build("FAILED"), "BUILDING")).toContain("no image");
  expect(retryBuild(build("CANCELLED"))).toBeNull();
  expect(retryBuild(build("AVAILABLE"))).not.toBeNull();
});

test("a run of a policy is cancelled until it has ended", () => {
  const run = (status: string) => ({ state: { status } }) as never;
  expect([cancelExecution(run("PENDING")), cancelExecution(run("IN_PROGRESS"))]).toEqual([null, null]);
  expect(cancelExecution(run("CANCELLING"))).toContain("being cancelled");
  expect(cancelExecution(run("SUCCESS"))).toContain("ended");
});

test("an image that was built takes every state, what failed can only go", () => {
  for (const status of ["AVAILABLE", "DEPRECATED", "DISABLED"]) {
    expect(changeState("AVAILABLE", build(status))).toBeNull();
    expect(changeState("DELETED", build(status))).toBeNull();
  }
  for (const status of ["FAILED", "CANCELLED"]) {
    expect(changeState("DISABLED", build(status))).toContain("no image");
    expect(changeState("DELETED", build(status))).toBeNull();
  }
  expect(changeState("DELETED", build("TESTING"))).toContain("under way");
});

test("one change of a state at a time", () => {
  const run = (status: string) => ({ state: { status } }) as never;
  expect(changeState("DISABLED", build("AVAILABLE"), run("PENDING"))).toContain("cancel it first");
  expect(changeState("DISABLED", build("AVAILABLE"), run("SUCCESS"))).toBeNull();
});
