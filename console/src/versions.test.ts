import { expect, test } from "vitest";
import { isPattern, isVersion, next, resolved } from "./versions";

test("an x becomes the next number beside what is there", () => {
  const there = ["1.0.0", "1.0.9", "1.0.10", "1.2.0", "3.0.0"];
  expect(resolved("1.0.x", there)).toBe("1.0.11");
  expect(resolved("1.x.x", there)).toBe("1.3.0");
  expect(resolved("x.x.x", there)).toBe("4.0.0");
  expect(resolved("2.0.x", there)).toBe("2.0.0");
  expect(resolved("x.x.x", [])).toBe("1.0.0");
  expect(resolved("1.0.x", [])).toBe("1.0.0");
  expect(resolved("7.1.2", there)).toBe("7.1.2");
});

test("the next version is after the newest by number, not by text", () => {
  expect(next(["1.0.9", "1.0.10"])).toBe("1.0.11");
  expect(next([])).toBe("1.0.0");
});

test("what is a version, and what is a pattern", () => {
  expect([isVersion("1.0.0"), isVersion("1.0.x"), isVersion("1.0")]).toEqual([true, false, false]);
  expect([isPattern("1.0.x"), isPattern("1.x.x"), isPattern("x.x.x"), isPattern("1.2.3")]).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([isPattern("x.2.x"), isPattern("1.x.3"), isPattern("")]).toEqual([false, false, false]);
});
