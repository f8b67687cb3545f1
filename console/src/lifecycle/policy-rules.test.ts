import { expect, test } from "vitest";
import { NEW_POLICY, type PolicyFields, type RuleFields } from "./fields";
import {
  accountsReason,
  launchedReason,
  policyReason,
  retainReason,
  roleReason,
  rulesReason,
  selectionReason,
  tagReason,
  valueReason,
} from "./policy-rules";
import { fieldsOf } from "./prefill";

const good: PolicyFields = {
  ...NEW_POLICY,
  name: "tidy",
  recipes: ["web x.x.x"],
  rules: { ...NEW_POLICY.rules, DELETE: { ...NEW_POLICY.rules.DELETE, on: true } },
};
const deleting = (changed: Partial<RuleFields>): PolicyFields => ({
  ...good,
  rules: { ...good.rules, DELETE: { ...good.rules.DELETE, ...changed } },
});

test("each field says what is against it", () => {
  expect(policyReason(good)).toBeNull();
  expect(roleReason("arn:aws:iam::123456789012:role/a/b")).toBeNull();
  expect(roleReason("my role")).not.toBeNull();
  for (const [reason, most] of [
    [valueReason, 1000],
    [retainReason, 10],
    [launchedReason, 365],
  ] as const) {
    expect([reason("1"), reason(`${most}`)]).toEqual([null, null]);
    for (const bad of ["0", `${most + 1}`, "1.5", "-1"]) expect(reason(bad)).toContain(`${most}`);
  }
  expect([valueReason(""), retainReason(""), launchedReason("")].map((said) => said === null)).toEqual([
    false,
    true,
    true,
  ]);
  expect([accountsReason(""), accountsReason("123456789012, 210987654321")]).toEqual([null, null]);
  expect(accountsReason("123456789012 12345")).toContain("twelve");
});

test("images are chosen by at least one and at most fifty recipes, or by tags", () => {
  expect(selectionReason({ ...good, recipes: [] })).not.toBeNull();
  expect(
    selectionReason({ ...good, recipes: Array.from({ length: 50 }, (_, at) => `r${at} 1.0.0`) }),
  ).toBeNull();
  expect(
    selectionReason({ ...good, recipes: Array.from({ length: 51 }, (_, at) => `r${at} 1.0.0`) }),
  ).toContain("50");
  expect(selectionReason({ ...good, by: "tags" })).not.toBeNull();
  expect(selectionReason({ ...good, by: "tags", selectTags: [{ key: "stage", value: "" }] })).toBeNull();
});

test("a tag whose key was forgotten is not left out silently", () => {
  expect(tagReason({ key: "", value: "live" }, [])).toContain("key");
  expect(tagReason({ key: "", value: "" }, [])).toBeNull();
  const exclusions = { ...good.rules.DELETE.exclusions, amiTags: [{ key: "", value: "live" }] };
  expect(policyReason(deleting({ exclusions }))).toContain("key");
});

test("there are one to three rules, with those that the form does not show", () => {
  expect(rulesReason(deleting({ on: false }))).not.toBeNull();
  const three = [1, 2, 3].map((value) => ({
    action: { type: "DELETE" as const },
    filter: { type: "COUNT" as const, value },
  }));
  const given = fieldsOf({ policyDetails: three });
  expect(rulesReason(given, three)).toBeNull();
  const more = { ...given.rules, DISABLE: { ...given.rules.DISABLE, on: true } };
  expect(rulesReason({ ...given, rules: more }, three)).toContain("3");
});

test("what a rule does not send is not held against it", () => {
  expect(policyReason(deleting({ retain: "11" }))).toContain("10");
  expect(policyReason(deleting({ retain: "11", by: "COUNT" }))).toBeNull();
  const off = { ...good.rules.DISABLE, value: "" };
  expect(policyReason({ ...good, rules: { ...good.rules, DISABLE: off } })).toBeNull();
  expect(policyReason({ ...good, rules: { ...good.rules, DISABLE: { ...off, on: true } } })).not.toBeNull();
});
