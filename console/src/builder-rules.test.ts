import { expect, test } from "vitest";
import { cancelBuild, deleteBuild, retryBuild } from "./builder-rules";

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
