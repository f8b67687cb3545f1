/** What a lifecycle policy is made of, as a person fills it in. */
import type { LifecyclePolicyDetailActionType, LifecyclePolicyTimeUnit } from "@aws-sdk/client-imagebuilder";
import type { TagField } from "../ui/tag-fields";

export type Action = LifecyclePolicyDetailActionType;
export const ACTIONS = ["DEPRECATE", "DISABLE", "DELETE"] as const satisfies Action[];

/** builder/lifecycle/plan.py: KEEP_USED. */
export const KEEP_USED = "amiable-keep-used";
/** Kept and shown only: a policy has its owner's rights here. */
export const ROLE = "EC2ImageBuilderLifecycleExecutionRole";

export interface Exclusions {
  publicAmis: boolean;
  regions: string[];
  /** Account IDs with commas or spaces between. */
  accounts: string;
  /** Empty: it does not matter when it was launched. */
  launched: string;
  launchedUnit: LifecyclePolicyTimeUnit;
  amiTags: TagField[];
  imageTags: TagField[];
}

export interface RuleFields {
  on: boolean;
  by: "AGE" | "COUNT";
  value: string;
  unit: LifecyclePolicyTimeUnit;
  /** Empty: none is retained for its own sake. */
  retain: string;
  amis: boolean;
  snapshots: boolean;
  exclusions: Exclusions;
}

export interface PolicyFields {
  name: string;
  description: string;
  role: string;
  enabled: boolean;
  keepUsed: boolean;
  by: "recipes" | "tags";
  /** Name and version, with a space between. */
  recipes: string[];
  selectTags: TagField[];
  rules: Record<Action, RuleFields>;
  /** Whether each rule has exclusions of its own; else all have the same. */
  apart: boolean;
  /** Beside the one that `keepUsed` is. */
  tags: TagField[];
}

export const NO_EXCLUSIONS: Exclusions = {
  publicAmis: false,
  regions: [],
  accounts: "",
  launched: "",
  launchedUnit: "DAYS",
  amiTags: [],
  imageTags: [],
};

const newRule = (value: string): RuleFields => ({
  on: false,
  by: "AGE",
  value,
  unit: "MONTHS",
  retain: "",
  amis: true,
  snapshots: false,
  exclusions: NO_EXCLUSIONS,
});

export const NEW_POLICY: PolicyFields = {
  name: "",
  description: "",
  role: ROLE,
  enabled: true,
  keepUsed: false,
  by: "recipes",
  recipes: [],
  selectTags: [],
  rules: { DEPRECATE: newRule("3"), DISABLE: newRule("6"), DELETE: newRule("12") },
  apart: false,
  tags: [],
};

/** Only deleting goes by count. */
export const counts = (action: Action, { by }: RuleFields): boolean => action === "DELETE" && by === "COUNT";

export const withExclusions = (
  rules: PolicyFields["rules"],
  exclusions: Exclusions,
): PolicyFields["rules"] => ({
  DEPRECATE: { ...rules.DEPRECATE, exclusions },
  DISABLE: { ...rules.DISABLE, exclusions },
  DELETE: { ...rules.DELETE, exclusions },
});
