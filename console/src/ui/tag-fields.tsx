import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Input from "@cloudscape-design/components/input";
import { strings } from "../strings";

export interface TagField {
  key: string;
  value: string;
}

/** Tags to give to something new. */
export function TagFields({ tags, onChange }: { tags: TagField[]; onChange: (tags: TagField[]) => void }) {
  const change = (at: number, changed: Partial<TagField>) =>
    onChange(tags.map((tag, index) => (index === at ? { ...tag, ...changed } : tag)));
  const words = strings.tags;
  return (
    <AttributeEditor
      items={tags}
      addButtonText={words.add}
      removeButtonText={words.remove}
      empty={words.none}
      onAddButtonClick={() => onChange([...tags, { key: "", value: "" }])}
      onRemoveButtonClick={({ detail }) => onChange(tags.filter((_, index) => index !== detail.itemIndex))}
      definition={[
        {
          label: words.key,
          control: (tag, at) => (
            <Input
              value={tag.key}
              ariaLabel={words.key}
              onChange={({ detail }) => change(at, { key: detail.value })}
            />
          ),
        },
        {
          label: words.value,
          control: (tag, at) => (
            <Input
              value={tag.value}
              ariaLabel={words.value}
              onChange={({ detail }) => change(at, { value: detail.value })}
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
