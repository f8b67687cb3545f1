/** What is against a lifecycle policy, at each field of its form; as api/imagebuilder/lifecycle_policies.py. */
import type { LifecyclePolicyDetail } from "@aws-sdk/client-imagebuilder";
import { descriptionReason, nameReason } from "../forms/resource-name";
import { isWhole } from "../numbers";
import type { Reason } from "../rules";
import { policyForm as words } from "../strings";
import { tagProblem, tagsProblem } from "../tag-rules";
import type { TagField } from "../ui/tag-fields";
import { ACTIONS, type Action, counts, type Exclusions, type PolicyFields, type RuleFields } from "./fields";
import { hiddenOf } from "./prefill";
import { accountsOf } from "./request";

const MOST_RULES = 3;
const MOST_RECIPES = 50;
const MOST_VALUE = 1000;
const MOST_RETAINED = 10;
const MOST_LAUNCHED = 365;
/** The API's model: RoleNameOrArn. */
const ROLE = /^(?:arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role\/)?[a-zA-Z_0-9+=,.@\-_/]+$/;

export const roleReason = (role: string): Reason => (ROLE.test(role) ? null : words.roleBad);

export const valueReason = (value: string): Reason =>
  isWhole(value, 1, MOST_VALUE) ? null : words.whole(MOST_VALUE);

export const retainReason = (retain: string): Reason =>
  retain === "" || isWhole(retain, 1, MOST_RETAINED) ? null : words.whole(MOST_RETAINED);

export const accountsReason = (accounts: string): Reason =>
  accountsOf(accounts).every((id) => /^\d{12}$/.test(id)) ? null : words.accountsBad;

export const launchedReason = (launched: string): Reason =>
  launched === "" || isWhole(launched, 1, MOST_LAUNCHED) ? null : words.whole(MOST_LAUNCHED);

/** A tag without a key would be left out of what is sent, and so of what is left alone. */
export const tagReason = (tag: TagField, all: TagField[]): Reason =>
  tag.value && !tag.key ? words.tagNoKey : tagProblem(tag, all);

const tagsReason = (tags: TagField[]): Reason =>
  firstOf(tags.map((tag) => tagReason(tag, tags))) ?? tagsProblem(tags);

const firstOf = (reasons: Reason[]): Reason => reasons.find((reason) => reason !== null) ?? null;

export function selectionReason({ by, recipes, selectTags }: PolicyFields): Reason {
  if (by === "tags")
    return tagsReason(selectTags) ?? (selectTags.some(({ key }) => key) ? null : words.pickTags);
  if (recipes.length > MOST_RECIPES) return words.recipesMost(MOST_RECIPES);
  return recipes.length ? null : words.pickRecipes;
}

const exclusionsReason = (exclusions: Exclusions): Reason =>
  accountsReason(exclusions.accounts) ??
  launchedReason(exclusions.launched) ??
  tagsReason(exclusions.amiTags) ??
  tagsReason(exclusions.imageTags);

function ruleReason(action: Action, rule: RuleFields): Reason {
  if (!rule.on) return null;
  return (
    valueReason(rule.value) ??
    (counts(action, rule) ? null : retainReason(rule.retain)) ??
    exclusionsReason(rule.exclusions)
  );
}

/** How many rules there are, with those of `before` that the form does not show. */
export function rulesReason({ rules }: PolicyFields, before: LifecyclePolicyDetail[] = []): Reason {
  const count = ACTIONS.filter((action) => rules[action].on).length + hiddenOf(before).length;
  if (count > MOST_RULES) return words.rulesMost(MOST_RULES);
  return count ? null : words.pickRule;
}

/** The first thing against the whole form. */
export const policyReason = (fields: PolicyFields, before?: LifecyclePolicyDetail[]): Reason =>
  nameReason(fields.name) ??
  descriptionReason(fields.description) ??
  roleReason(fields.role) ??
  selectionReason(fields) ??
  rulesReason(fields, before) ??
  firstOf(ACTIONS.map((action) => ruleReason(action, fields.rules[action]))) ??
  tagsReason(fields.tags);
