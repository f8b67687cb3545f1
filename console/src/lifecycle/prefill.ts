/** A policy as the fields that its form fills in. */
import type {
  LifecyclePolicy,
  LifecyclePolicyDetail,
  LifecyclePolicyDetailExclusionRules,
} from "@aws-sdk/client-imagebuilder";
import { tagFields } from "../ui/tag-fields";
import {
  ACTIONS,
  type Action,
  type Exclusions,
  KEEP_USED,
  NEW_POLICY,
  NO_EXCLUSIONS,
  type PolicyFields,
  type RuleFields,
  withExclusions,
} from "./fields";

/** The rule of a kind that the form shows. */
export const shownOf = (details: LifecyclePolicyDetail[], action: Action) =>
  details.find((detail) => detail.action?.type === action);

/** Rules of a policy that the form does not show: a second one of a kind. They stay. */
export const hiddenOf = (details: LifecyclePolicyDetail[]): LifecyclePolicyDetail[] =>
  details.filter((detail) => detail.action?.type && shownOf(details, detail.action.type) !== detail);

export function fieldsOf(policy: LifecyclePolicy): PolicyFields {
  const details = policy.policyDetails ?? [];
  const shown = ACTIONS.flatMap((action) => shownOf(details, action) ?? []);
  const excluded = shown.map((detail) => exclusionsOf(detail.exclusionRules));
  const rules = withExclusions(NEW_POLICY.rules, excluded[0] ?? NO_EXCLUSIONS);
  for (const detail of shown) {
    if (detail.action?.type) rules[detail.action.type] = ruleOf(detail, rules[detail.action.type]);
  }
  const { recipes, tagMap: wanted } = policy.resourceSelection ?? {};
  return {
    ...NEW_POLICY,
    name: policy.name ?? "",
    description: policy.description ?? "",
    role: policy.executionRole ?? "",
    enabled: policy.status !== "DISABLED",
    keepUsed: KEEP_USED in (policy.tags ?? {}),
    by: wanted ? "tags" : "recipes",
    recipes: (recipes ?? []).map(({ name, semanticVersion }) => `${name} ${semanticVersion}`),
    selectTags: tagFields(wanted),
    rules,
    tags: tagFields(policy.tags).filter(({ key }) => key !== KEEP_USED),
    apart: new Set(excluded.map((each) => JSON.stringify(each))).size > 1,
  };
}

function ruleOf({ action, filter, exclusionRules }: LifecyclePolicyDetail, usual: RuleFields): RuleFields {
  return {
    on: true,
    by: filter?.type ?? "AGE",
    value: String(filter?.value ?? ""),
    unit: filter?.unit ?? usual.unit,
    retain: String(filter?.retainAtLeast ?? ""),
    amis: action?.includeResources?.amis ?? false,
    snapshots: action?.includeResources?.snapshots ?? false,
    exclusions: exclusionsOf(exclusionRules),
  };
}

function exclusionsOf(rules: LifecyclePolicyDetailExclusionRules | undefined): Exclusions {
  const { isPublic, regions, sharedAccounts, lastLaunched, tagMap: amiTags } = rules?.amis ?? {};
  return {
    publicAmis: isPublic ?? false,
    regions: regions ?? [],
    accounts: (sharedAccounts ?? []).join(", "),
    launched: String(lastLaunched?.value ?? ""),
    launchedUnit: lastLaunched?.unit ?? NO_EXCLUSIONS.launchedUnit,
    amiTags: tagFields(amiTags),
    imageTags: tagFields(rules?.tagMap),
  };
}
