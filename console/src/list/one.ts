import type { Reason } from "../rules";
import { strings } from "../strings";

/** A reason for actions on exactly one row: by how many are selected, else the first that a rule has. */
export function one<T>(...rules: ((item: T) => Reason)[]): (selected: T[]) => Reason {
  return (selected) => {
    const [item] = selected;
    if (item === undefined) return strings.list.chooseOne;
    if (selected.length > 1) return strings.list.chooseOnlyOne;
    return rules.map((rule) => rule(item)).find((reason) => reason !== null) ?? null;
  };
}
