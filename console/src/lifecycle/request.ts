/** Fields as the API takes them; what the form does not show of a policy stays as it was. */
import type {
  LifecyclePolicy,
  LifecyclePolicyDetail,
  LifecyclePolicyDetailExclusionRules,
  LifecyclePolicyDetailFilter,
} from "@aws-sdk/client-imagebuilder";
import { tagMap } from "../ui/tag-fields";
import {
  ACTIONS,
  type Action,
  counts,
  type Exclusions,
  KEEP_USED,
  type PolicyFields,
  type RuleFields,
} from "./fields";
import { shownOf } from "./prefill";

/** What the fields say of a policy, new or `before`. */
export function membersOf(fields: PolicyFields, before?: LifecyclePolicy) {
  return {
    description: fields.description || undefined,
    executionRole: fields.role,
    status: fields.enabled ? ("ENABLED" as const) : ("DISABLED" as const),
    resourceType: before?.resourceType ?? ("AMI_IMAGE" as const),
    policyDetails: detailsOf(fields, before?.policyDetails),
    resourceSelection:
      fields.by === "tags"
        ? { tagMap: tagMap(fields.selectTags) }
        : { recipes: fields.recipes.map(recipeOf) },
  };
}

/** All tags of the policy. */
export function tagsOf(fields: PolicyFields, before?: LifecyclePolicy): Record<string, string> | undefined {
  const used = { key: KEEP_USED, value: before?.tags?.[KEEP_USED] ?? "" };
  return tagMap(fields.keepUsed ? [...fields.tags, used] : fields.tags);
}

function recipeOf(chosen: string) {
  const end = chosen.lastIndexOf(" ");
  return { name: chosen.slice(0, end), semanticVersion: chosen.slice(end + 1) };
}

/** The order stays, too: of two rules that do the same to an image the first one's exclusions hold. */
function detailsOf(fields: PolicyFields, before: LifecyclePolicyDetail[] = []): LifecyclePolicyDetail[] {
  const kept = before.flatMap((detail) => {
    const action = detail.action?.type;
    if (!action || shownOf(before, action) !== detail) return [detail];
    return fields.rules[action].on ? [detailOf(action, fields.rules[action], detail)] : [];
  });
  const added = ACTIONS.filter((action) => fields.rules[action].on && !shownOf(before, action));
  return [...kept, ...added.map((action) => detailOf(action, fields.rules[action]))];
}

function detailOf(type: Action, rule: RuleFields, before?: LifecyclePolicyDetail): LifecyclePolicyDetail {
  return {
    ...before,
    action: {
      ...before?.action,
      type,
      includeResources: {
        ...before?.action?.includeResources,
        amis: rule.amis,
        snapshots: type === "DELETE" && rule.amis && rule.snapshots,
      },
    },
    filter: filterOf(type, rule),
    exclusionRules: rulesOf(rule.exclusions),
  };
}

function filterOf(type: Action, rule: RuleFields): LifecyclePolicyDetailFilter {
  const value = Number(rule.value);
  if (counts(type, rule)) return { type: "COUNT", value };
  const retainAtLeast = rule.retain ? Number(rule.retain) : undefined;
  return { type: "AGE", value, unit: rule.unit, retainAtLeast };
}

export const accountsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

function rulesOf(exclusions: Exclusions): LifecyclePolicyDetailExclusionRules | undefined {
  const accounts = accountsOf(exclusions.accounts);
  const amis = {
    isPublic: exclusions.publicAmis || undefined,
    regions: exclusions.regions.length ? exclusions.regions : undefined,
    sharedAccounts: accounts.length ? accounts : undefined,
    lastLaunched: exclusions.launched
      ? { value: Number(exclusions.launched), unit: exclusions.launchedUnit }
      : undefined,
    tagMap: tagMap(exclusions.amiTags),
  };
  const rules = {
    tagMap: tagMap(exclusions.imageTags),
    amis: Object.values(amis).some(Boolean) ? amis : undefined,
  };
  return Object.values(rules).some(Boolean) ? rules : undefined;
}
