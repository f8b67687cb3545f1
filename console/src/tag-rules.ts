/** Tags of Image Builder: what the server would refuse, and what an edit changes. */
import type { Reason } from "./rules";
import { strings } from "./strings";
import type { TagField } from "./ui/tag-fields";

const words = strings.tags;
/** api/imagebuilder/resources.py: MOST_TAGS. */
const MOST_TAGS = 50;

/** api/imagebuilder/resources.py: check_tags; a mapping has a key once. */
export function tagProblem({ key, value }: TagField, all: TagField[]): Reason {
  if (key.length > 128 || value.length > 256) return words.long;
  if (key.toLowerCase().startsWith("aws:")) return words.reserved;
  return key && all.filter((each) => each.key === key).length > 1 ? words.twice : null;
}

/** Against all of them together. */
export const tagsProblem = (tags: TagField[], most = MOST_TAGS): Reason =>
  tags.filter((each) => each.key).length > most
    ? words.many(most)
    : (tags.map((each) => tagProblem(each, tags)).find((reason) => reason !== null) ?? null);

/** What to take away and what to set, so that those become these. */
export function tagChanges(before: Record<string, string>, now: Record<string, string>) {
  return {
    gone: Object.keys(before).filter((key) => !(key in now)),
    set: Object.fromEntries(Object.entries(now).filter(([key, value]) => before[key] !== value)),
  };
}
