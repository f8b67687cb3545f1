import { GetImageAncestryCommand } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TreeView from "@cloudscape-design/components/tree-view";
import { useState } from "react";
import { amiable } from "../aws/amiable";
import { ec2 } from "../aws/ec2";
import { lineage as words } from "../strings";
import { when } from "../ui/details";
import { Link } from "../ui/link";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { type Entry, idsOf, type Relative, treeOf } from "./lineage";

async function lineageOf(ImageId: string): Promise<Relative[]> {
  const [up, down] = await Promise.all([
    ec2(new GetImageAncestryCommand({ ImageId })),
    amiable<{ Images: Entry[] }>("DescribeImageDescendants", { ImageId }),
  ]);
  return treeOf(up.ImageAncestryEntries ?? [], down.Images);
}

/** The tree that an image is part of. */
export function Lineage({ id }: { id: string }) {
  const { answer, problem } = useAnswer(id, () => lineageOf(id));
  return (
    <SpaceBetween size="s">
      <Trouble problem={problem} />
      <Box color="text-body-secondary">{words.note}</Box>
      {answer && <Tree roots={answer} id={id} />}
    </SpaceBetween>
  );
}

function Tree({ roots, id }: { roots: Relative[]; id: string }) {
  const [closed, setClosed] = useState<string[]>([]);
  return (
    <TreeView<Relative>
      ariaLabel={words.tree}
      connectorLines="vertical"
      items={roots}
      getItemId={(each) => each.id}
      getItemChildren={(each) => each.children}
      expandedItems={idsOf(roots).filter((each) => !closed.includes(each))}
      onItemToggle={({ detail }) =>
        setClosed(detail.expanded ? closed.filter((each) => each !== detail.id) : [...closed, detail.id])
      }
      renderItem={(each) => ({
        announcementLabel: each.id,
        content: each.id === id ? `${id} (${words.here})` : <Link to={urls.image(each.id)}>{each.id}</Link>,
        secondaryContent: [each.alias, when(each.created), each.region].filter(Boolean).join(" · "),
      })}
    />
  );
}
