/** A property filter's tokens as filters of the API: it finds among all, not only among what is loaded. */
import type { Filter } from "@aws-sdk/client-ec2";
import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";

/** `:` (contains) becomes EC2's wildcards; a value is otherwise taken as it is, `*` and `?` escaped. */
export function filtersOf(query: PropertyFilterProps.Query): Filter[] {
  const values = new Map<string, string[]>();
  for (const { propertyKey, operator, value } of query.tokens) {
    if (!propertyKey || value === "") continue;
    const literal = String(value).replace(/[\\*?]/g, "\\$&");
    values.set(propertyKey, [
      ...(values.get(propertyKey) ?? []),
      operator === ":" ? `*${literal}*` : literal,
    ]);
  }
  return [...values].map(([Name, Values]) => ({ Name, Values }));
}

/** The value of a tag, or an empty text. */
export function tagOf(tags: { Key?: string; Value?: string }[] | undefined, key: string): string {
  return tags?.find((tag) => tag.Key === key)?.Value ?? "";
}
