import { expect, test } from "vitest";
import * as rules from "./rules";

const instance = (Name: "running" | "stopped" | "terminated") => ({ State: { Name } });

test("what can be done with an instance follows its state, and says why not", () => {
  expect(rules.startInstance(instance("stopped"))).toBeNull();
  expect(rules.startInstance(instance("running"))).toContain("it is running");
  expect(rules.stopInstance(instance("stopped"))).toContain("Only running or pending");
  expect(rules.terminateInstance(instance("terminated"))).toContain("already");
  expect(rules.connectInstance(instance("running"))).toBeNull();
  expect(rules.connectInstance(instance("stopped"))).toContain("it is stopped");
});

test("of several, the first reason counts; of none, that none is selected", () => {
  const all = [instance("stopped"), instance("running")];
  expect(rules.forAll(all, rules.startInstance, "none")).toContain("running");
  expect(rules.forAll([], rules.startInstance, "none")).toBe("none");
});

test("a protected image is not deregistered, and a foreign one is not changed", () => {
  expect(rules.deregisterImage({ DeregistrationProtection: "enabled-with-cooldown" })).toContain("on");
  expect(rules.deregisterImage({ DeregistrationProtection: "disabled", State: "available" })).toBeNull();
  expect(rules.ownImage({ OwnerId: "1" }, "2")).toContain("owner");
});

test("two images that have content can be compared", () => {
  const images = [{ State: "available" as const }, { State: "pending" as const, ImageId: "ami-2" }];
  expect(rules.compareImages(images.slice(0, 1), "two")).toBe("two");
  expect(rules.compareImages(images, "two")).toContain("ami-2 is pending");
  expect(rules.compareImages([{ State: "available" }, { State: "disabled" }], "two")).toBeNull();
});

test("an image of the catalog can be launched before its disk is there; one that is being made cannot", () => {
  const pending = { State: "pending" as const };
  expect(rules.launchImage({ ...pending, StateReason: { Code: "Client.NotImported" } })).toBeNull();
  expect(rules.launchImage(pending)).toContain("pending");
});
