import { expect, test } from "vitest";
import { tagChanges, tagProblem, tagsProblem } from "./tag-rules";

const tag = (key: string, value = "") => ({ key, value });

test("a tag is neither too long nor reserved, and its key is there once; rows without a key do not count", () => {
  expect(tagsProblem([tag("a", "1"), tag("b"), tag(""), tag("")])).toBeNull();
  expect(tagsProblem([tag("k".repeat(128), "v".repeat(256))])).toBeNull();
  expect(tagsProblem([tag("k".repeat(129))])).toMatch("too long");
  expect(tagsProblem([tag("k", "v".repeat(257))])).toMatch("too long");
  expect(tagsProblem([tag("a"), tag("AWS:owner")])).toMatch("reserved");
  const twice = [tag("a"), tag("b"), tag("a")];
  expect(twice.map((each) => tagProblem(each, twice) !== null)).toEqual([true, false, true]);
});

test("there are at most 50 tags, and of some things fewer", () => {
  const tags = Array.from({ length: 50 }, (_, at) => tag(`k${at}`));
  expect(tagsProblem([...tags, tag("")])).toBeNull();
  expect(tagsProblem([...tags, tag("more")])).toMatch("50");
  expect(tagsProblem(tags, 30)).toMatch("30");
});

test("an edit says only what changed", () => {
  expect(tagChanges({ a: "1", b: "2", c: "3" }, { a: "1", b: "4", d: "" })).toEqual({
    gone: ["c"],
    set: { b: "4", d: "" },
  });
  expect(tagChanges({ a: "1" }, { a: "1" })).toEqual({ gone: [], set: {} });
});
