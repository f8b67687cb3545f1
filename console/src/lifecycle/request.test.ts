import type { LifecyclePolicy, LifecyclePolicyDetail } from "@aws-sdk/client-imagebuilder";
import { expect, test } from "vitest";
import { NEW_POLICY, type PolicyFields } from "./fields";
import { inWords, selectionInWords } from "./in-words";
import { fieldsOf, hiddenOf } from "./prefill";
import { membersOf, tagsOf } from "./request";

const DELETE_OLD: LifecyclePolicyDetail = {
  action: { type: "DELETE", includeResources: { amis: true, snapshots: true } },
  filter: { type: "AGE", value: 2, unit: "YEARS", retainAtLeast: 3 },
  exclusionRules: {
    tagMap: { keep: "" },
    amis: {
      isPublic: true,
      regions: ["eu-central-1"],
      sharedAccounts: ["123456789012", "210987654321"],
      lastLaunched: { value: 4, unit: "WEEKS" },
      tagMap: { stage: "live" },
    },
  },
};
const DELETE_MANY: LifecyclePolicyDetail = {
  action: { type: "DELETE", includeResources: { amis: true, snapshots: false } },
  filter: { type: "COUNT", value: 5 },
};
const DISABLE: LifecyclePolicyDetail = {
  action: { type: "DISABLE", includeResources: { amis: false, snapshots: false } },
  filter: { type: "AGE", value: 1, unit: "WEEKS", retainAtLeast: 1 },
};
const policy = (...policyDetails: LifecyclePolicyDetail[]): LifecyclePolicy => ({
  name: "tidy",
  executionRole: "r",
  resourceType: "AMI_IMAGE",
  policyDetails,
  resourceSelection: { recipes: [{ name: "my web", semanticVersion: "1.x.x" }] },
  status: "DISABLED",
  tags: { "amiable-keep-used": "yes", team: "a" },
});
const again = (given: LifecyclePolicy, changed: Partial<PolicyFields> = {}) =>
  membersOf({ ...fieldsOf(given), ...changed }, given);
/** Without the members that are undefined, as the API gets it. */
const sent = (value: unknown) => JSON.parse(JSON.stringify(value));

test("what nobody changes comes back as it was", () => {
  for (const details of [[DELETE_OLD], [DELETE_MANY, DISABLE], [DISABLE, DELETE_MANY, DELETE_OLD]]) {
    const given = policy(...details);
    const { name: _, tags: __, ...rest } = given;
    expect(sent(again(given))).toEqual(rest);
  }
  const byTags = { ...policy(DISABLE), resourceSelection: { tagMap: { stage: "test" } } };
  expect(again(byTags).resourceSelection).toEqual(byTags.resourceSelection);
});

test("a second rule of a kind is not shown, and stays where it is", () => {
  const given = policy(DELETE_OLD, DELETE_MANY);
  expect(hiddenOf(given.policyDetails ?? [])).toEqual([DELETE_MANY]);
  const fields = fieldsOf(given);
  const off = { ...fields.rules, DELETE: { ...fields.rules.DELETE, on: false } };
  expect(again(given, { rules: off }).policyDetails).toEqual([DELETE_MANY]);
  const more = { ...fields.rules, DEPRECATE: { ...fields.rules.DEPRECATE, on: true } };
  const types = again(given, { rules: more }).policyDetails.map((detail) => detail.action?.type);
  expect(types).toEqual(["DELETE", "DELETE", "DEPRECATE"]);
});

test("exclusions are one for all rules unless they differ", () => {
  expect(fieldsOf(policy(DELETE_OLD)).apart).toBe(false);
  expect(fieldsOf(policy(DELETE_OLD)).rules.DISABLE.exclusions.accounts).toBe("123456789012, 210987654321");
  expect(fieldsOf(policy(DELETE_OLD, DISABLE)).apart).toBe(true);
});

test("a count has neither unit nor what is retained, and snapshots go only with AMIs", () => {
  const rule = { ...NEW_POLICY.rules.DELETE, on: true, retain: "2", snapshots: true };
  const details = (changed: Partial<typeof rule>) =>
    sent(
      membersOf({ ...NEW_POLICY, rules: { ...NEW_POLICY.rules, DELETE: { ...rule, ...changed } } })
        .policyDetails,
    );
  expect(details({})).toEqual([
    {
      action: { type: "DELETE", includeResources: { amis: true, snapshots: true } },
      filter: { type: "AGE", value: 12, unit: "MONTHS", retainAtLeast: 2 },
    },
  ]);
  expect(details({ by: "COUNT", amis: false })).toEqual([
    {
      action: { type: "DELETE", includeResources: { amis: false, snapshots: false } },
      filter: { type: "COUNT", value: 12 },
    },
  ]);
});

test("AMIs in use are left alone by a tag, which is no field among the others", () => {
  const given = policy(DISABLE);
  const fields = fieldsOf(given);
  expect([fields.keepUsed, fields.tags]).toEqual([true, [{ key: "team", value: "a" }]]);
  expect(tagsOf(fields)).toEqual({ "amiable-keep-used": "", team: "a" });
  expect(tagsOf(fields, given)).toEqual(given.tags);
  expect(tagsOf({ ...fields, keepUsed: false })).toEqual({ team: "a" });
});

test("rules and choices in words", () => {
  expect([DELETE_OLD, DELETE_MANY, DISABLE].map(inWords)).toEqual([
    "Delete when older than 2 years, but for the newest 3",
    "Delete all but the newest 5",
    "Disable when older than 1 week, but for the newest 1",
  ]);
  expect(selectionInWords(policy())).toBe("my web 1.x.x");
});
