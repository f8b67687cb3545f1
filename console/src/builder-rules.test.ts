import { expect, test } from "vitest";
import { cancelBuild, cancelExecution, deleteBuild, retryBuild } from "./builder-rules";

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
