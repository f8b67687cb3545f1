import Input from "@cloudscape-design/components/input";
import { strings } from "../strings";
import { RowFields } from "./row-fields";

export interface TagField {
  key: string;
  value: string;
}

/** Tags to give to something. `problem`: what the server has against one of them. */
export function TagFields({
  tags,
  problem,
  onChange,
}: {
  tags: TagField[];
  problem?: (tag: TagField) => string | null;
  onChange: (tags: TagField[]) => void;
}) {
  const words = strings.tags;
  return (
    <RowFields
      rows={tags}
      blank={{ key: "", value: "" }}
      words={words}
      onChange={onChange}
      columns={[
        {
          label: words.key,
          problem,
          field: (tag, set) => (
            <Input
              value={tag.key}
              ariaLabel={words.key}
              onChange={({ detail }) => set({ ...tag, key: detail.value })}
            />
          ),
        },
        {
          label: words.value,
          field: (tag, set) => (
            <Input
              value={tag.value}
              ariaLabel={words.value}
              onChange={({ detail }) => set({ ...tag, value: detail.value })}
            />
          ),
        },
      ]}
    />
  );
}

/** The tags that have a key, as the API takes them; undefined when there are none. */
export function tagsOf(tags: TagField[]): { Key: string; Value: string }[] | undefined {
  const filled = tags.filter((tag) => tag.key).map((tag) => ({ Key: tag.key, Value: tag.value }));
  return filled.length ? filled : undefined;
}

/** The tags that have a key, as Image Builder takes them: a mapping; undefined when there are none. */
export function tagMap(tags: TagField[]): Record<string, string> | undefined {
  const filled = tagsOf(tags);
  return filled && Object.fromEntries(filled.map(({ Key, Value }) => [Key, Value]));
}

/** The rows of such a mapping. */
export const tagFields = (tags: Record<string, string> | undefined): TagField[] =>
  Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));
