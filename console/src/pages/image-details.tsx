import { DescribeImageReferencesCommand, type Image } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { storedBytes } from "../aws/storage";
import { Cleaning } from "../inside/cleaning";
import { Contents } from "../inside/contents";
import { Hygiene } from "../inside/hygiene";
import { Lineage } from "../inside/lineage-tree";
import { Packages } from "../inside/packages";

import { columns as col, inside, lineage, strings, images as words } from "../strings";
import { bytes } from "../ui/bytes";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Link } from "../ui/link";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import type { Listed } from "./images";

export function ImageDetails({ image, own }: { image: Image; own: boolean }) {
  const id = image.ImageId ?? "";
  const [search] = useSearchParams();
  const [tab, setTab] = useState(search.get("tab") ?? "details");
  // There is nothing to read in an image that is not made yet.
  const read = (content: ReactNode) =>
    image.State === "available" || image.State === "disabled" ? (
      content
    ) : (
      <SpaceBetween size="s">
        <State state={image.State} />
        <Box color="text-body-secondary">{inside.notYet}</Box>
      </SpaceBetween>
    );
  const hygiene = (
    <SpaceBetween size="l">
      {own && <Cleaning id={id} />}
      <Hygiene id={id} />
    </SpaceBetween>
  );
  return (
    <Tabs
      activeTabId={tab}
      onChange={({ detail }) => setTab(detail.activeTabId)}
      tabs={[
        { id: "details", label: words.details, content: <Details image={image} /> },
        { id: "storage", label: words.storage, content: <Storage image={image} /> },
        { id: "lineage", label: words.lineage, content: <Lineage id={id} /> },
        { id: "packages", label: inside.packages, content: read(<Packages id={id} />) },
        { id: "hygiene", label: inside.hygiene, content: read(hygiene) },
        { id: "inside", label: inside.contents, content: read(<Contents id={id} />) },
        { id: "usage", label: words.usage, content: <Usage id={id} /> },
        { id: "tags", label: strings.tags.title, content: <Tags tags={image.Tags} /> },
      ]}
    />
  );
}

export function BinnedDetails({ image }: { image: Listed }) {
  return (
    <Facts
      facts={{
        [col.name]: image.Name,
        [col.id]: image.ImageId,
        [col.description]: image.Description,
        [col.enters]: when(image.entered),
        [col.exits]: when(image.exits),
      }}
    />
  );
}

function Details({ image }: { image: Image }) {
  return (
    <Facts
      facts={{
        [col.name]: image.Name,
        [col.id]: image.ImageId,
        [col.state]: <State state={image.State} />,
        [col.reason]: image.StateReason?.Message,
        [col.owner]: image.ImageOwnerAlias ?? image.OwnerId,
        [col.visibility]: image.Public ? words.pub : words.priv,
        [col.architecture]: image.Architecture,
        [col.boot]: image.BootMode,
        [col.rootDevice]: image.RootDeviceName,
        [col.description]: image.Description,
        [col.created]: when(image.CreationDate),
        [col.lastLaunched]: when(image.LastLaunchedTime),
        [col.deprecation]: when(image.DeprecationTime),
        [col.protection]: image.DeregistrationProtection,
        [col.sourceInstance]: image.SourceInstanceId,
        [col.source]: image.SourceImageId && (
          <Link to={urls.image(image.SourceImageId)}>{image.SourceImageId}</Link>
        ),
      }}
    />
  );
}

function Storage({ image }: { image: Image }) {
  const id = image.ImageId ?? "";
  const { answer: stored, problem } = useAnswer(`${id} ${image.State}`, () => storedBytes(id));
  return (
    <SpaceBetween size="s">
      <Trouble problem={problem} />
      <Facts facts={{ [lineage.stored]: stored && bytes(stored) }} />
      <Box color="text-body-secondary">{lineage.storedNote}</Box>
      <Rows
        caption={words.storage}
        columns={[col.device, col.snapshot, col.size, col.type, col.deleteOnTermination]}
        rows={(image.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => [
          DeviceName === image.RootDeviceName ? `${DeviceName} (root)` : DeviceName,
          Ebs?.SnapshotId,
          Ebs?.VolumeSize === undefined ? undefined : `${Ebs.VolumeSize} ${strings.units.gib}`,
          Ebs?.VolumeType,
          Ebs?.DeleteOnTermination ? strings.yes : strings.no,
        ])}
      />
    </SpaceBetween>
  );
}

function Usage({ id }: { id: string }) {
  const { answer, problem } = useAnswer(id, () =>
    ec2(new DescribeImageReferencesCommand({ ImageIds: [id], IncludeAllResourceTypes: true })),
  );
  return (
    <SpaceBetween size="s">
      <Trouble problem={problem} />
      <Rows
        caption={words.usage}
        columns={[col.type, col.id]}
        rows={(answer?.ImageReferences ?? []).map((each) => [each.ResourceType, each.Arn])}
      />
    </SpaceBetween>
  );
}
