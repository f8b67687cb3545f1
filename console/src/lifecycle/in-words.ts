/** Rules of a policy as one reads them. */
import type { LifecyclePolicy, LifecyclePolicyDetail } from "@aws-sdk/client-imagebuilder";
import { policyForm as words } from "../strings";

/** `Delete when older than 2 weeks`, `Delete all but the newest 3`. */
export function inWords({ action, filter }: LifecyclePolicyDetail): string {
  const verb = words.verbs[action?.type ?? "DELETE"];
  if (filter?.type === "COUNT") return words.allBut(verb, filter.value ?? 0);
  const units = words.units[filter?.unit ?? "DAYS"];
  const unit = filter?.value === 1 ? units.replace(/s$/, "") : units;
  const retained = filter?.retainAtLeast ? words.retaining(filter.retainAtLeast) : "";
  return `${words.older(verb)} ${filter?.value} ${unit}${retained}`;
}

/** Which images it looks at. */
export function selectionInWords({ resourceSelection }: LifecyclePolicy): string {
  const { recipes, tagMap } = resourceSelection ?? {};
  if (tagMap)
    return Object.entries(tagMap)
      .map(([key, value]) => `${key} = ${value}`)
      .join(", ");
  return (recipes ?? []).map(({ name, semanticVersion }) => `${name} ${semanticVersion}`).join(", ");
}
