import { TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-imagebuilder";
import { tagChanges } from "../tag-rules";
import { imagebuilder } from "./imagebuilder";

type Tags = Record<string, string>;

/** Make the tags of what has an ARN be these: an update of Image Builder leaves tags as they are. */
export async function retag(resourceArn: string, before: Tags = {}, now: Tags = {}): Promise<void> {
  const { gone, set } = tagChanges(before, now);
  if (gone.length) await imagebuilder(new UntagResourceCommand({ resourceArn, tagKeys: gone }));
  if (Object.keys(set).length) await imagebuilder(new TagResourceCommand({ resourceArn, tags: set }));
}
