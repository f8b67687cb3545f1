import type { Change, LaunchFields } from "./fields";

/** What every section of the forms gets; in a template, each choice may be left out. */
export interface Section {
  fields: LaunchFields;
  change: Change;
  template?: boolean;
}
