import type { PolicyFields } from "./fields";

/** What each section of the form gets. */
export interface Section {
  fields: PolicyFields;
  change: (changed: Partial<PolicyFields>) => void;
}
