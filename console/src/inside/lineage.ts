/** Where an image comes from and what came of it, as one tree. */
export interface Relative {
  id: string;
  region?: string;
  alias?: string;
  created?: Date;
  children: Relative[];
}

/** An answer's entry: an ancestor or a descendant. */
export interface Entry {
  ImageId?: string;
  Region?: string;
  ImageOwnerAlias?: string;
  CreationDate?: Date | number;
  SourceImageId?: string;
}

/** `ancestors`: the image first, its root last. `descendants`: each after what it was made of. */
export function treeOf(ancestors: Entry[], descendants: Entry[]): Relative[] {
  const known = new Map<string, Relative>();
  const roots: Relative[] = [];
  for (const entry of [...ancestors].reverse().concat(descendants)) {
    const { ImageId: id = "", CreationDate: created } = entry;
    const relative: Relative = { id, children: [] };
    if (entry.Region) relative.region = entry.Region;
    if (entry.ImageOwnerAlias) relative.alias = entry.ImageOwnerAlias;
    // JSON has seconds since 1970, EC2's answers dates.
    if (created) relative.created = new Date(typeof created === "number" ? created * 1000 : created);
    known.set(id, relative);
    (known.get(entry.SourceImageId ?? "")?.children ?? roots).push(relative);
  }
  return roots;
}

/** The ids of a tree. */
export const idsOf = (tree: Relative[]): string[] =>
  tree.flatMap((each) => [each.id, ...idsOf(each.children)]);
