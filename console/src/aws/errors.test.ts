import { expect, test } from "vitest";
import { endsSession, problemOf } from "./errors";

const error = (name: string, message: string) => Object.assign(new Error(message), { name });

test("a refusal has AWS's code, its message and what to do", () => {
  const problem = problemOf(error("InvalidAMIName.Duplicate", "taken"));
  expect(problem).toMatchObject({ code: "InvalidAMIName.Duplicate", message: "taken" });
  expect(problem.hint).toContain("another name");
  expect(problemOf(error("TypeError", "Failed to fetch")).hint).toContain("amiable serve");
});

test("only a refusal of the credentials ends the session", () => {
  expect(endsSession(problemOf(error("ExpiredToken", "")))).toBe(true);
  expect(endsSession(problemOf(error("AuthFailure", "The region x is not configured here.")))).toBe(false);
  expect(endsSession(problemOf(error("InvalidAMIID.NotFound", "")))).toBe(false);
});
