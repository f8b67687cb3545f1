import { expect, test } from "vitest";
import { covers, nameOf, stageOf, textOf, withValue } from "./workflow-rules";

const of = (rest: string) => `arn:aws:imagebuilder:us-east-1:123456789012:workflow/${rest}`;

test("a workflow's type is in its ARN", () => {
  expect(stageOf(of("distribution/far/1.0.0/1"))).toBe("DISTRIBUTION");
  expect(stageOf(of("test/build/1.0.0"))).toBe("TEST");
  expect(nameOf(of("test/build/1.0.0"))).toBe("build 1.0.0");
});

test("an ARN names a version, a build of it, or any", () => {
  const version = of("build/mine/1.2.3");
  for (const wanted of [version, of("build/mine/1.2.3/4"), of("build/mine/1.x.x"), of("build/mine/x.x.x")]) {
    expect(covers(wanted, version)).toBe(true);
  }
  for (const wanted of [of("build/mine/1.2.4"), of("test/mine/1.2.3"), of("build/other/x.x.x")]) {
    expect(covers(wanted, version)).toBe(false);
  }
});

test("values there and back; what is empty takes the default, and the rest stays", () => {
  const chosen = { workflowArn: of("test/t/1.0.0"), onFailure: "CONTINUE" as const, parallelGroup: "g" };
  const list = withValue(chosen, "hosts", "stringList", "a\nb");
  expect(list).toEqual({ ...chosen, parameters: [{ name: "hosts", value: ["a", "b"] }] });
  expect(textOf(list, "hosts")).toBe("a\nb");
  const both = withValue(list, "word", "string", "w");
  expect(both.parameters).toHaveLength(2);
  expect(withValue(withValue(both, "hosts", "stringList", ""), "word", "string", "")).toEqual(chosen);
  expect(textOf(chosen, "word")).toBe("");
});
