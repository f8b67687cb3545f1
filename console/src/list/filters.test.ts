import { expect, test } from "vitest";
import { filtersOf, tagOf } from "./filters";

const token = (propertyKey: string, operator: string, value: string) => ({ propertyKey, operator, value });

test("tokens become filters of the API: one a name, wildcards escaped", () => {
  const query = {
    operation: "and" as const,
    tokens: [token("name", ":", "we*b"), token("state", "=", "available"), token("state", "=", "pending")],
  };
  expect(filtersOf(query)).toEqual([
    { Name: "name", Values: ["*we\\*b*"] },
    { Name: "state", Values: ["available", "pending"] },
  ]);
});

test("a tag that is not there is an empty text", () => {
  expect(tagOf([{ Key: "Name", Value: "web" }], "Name")).toBe("web");
  expect(tagOf(undefined, "Name")).toBe("");
});
