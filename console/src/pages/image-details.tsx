import { DescribeImageReferencesCommand, GetImageAncestryCommand, type Image } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { ec2 } from "../aws/ec2";
import { columns as col, strings, images as words } from "../strings";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Link } from "../ui/link";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import type { Listed } from "./images";

export function ImageDetails({ image }: { image: Image }) {
  return (
    <Tabs
      tabs={[
        { id: "details", label: words.details, content: <Details image={image} /> },
        { id: "storage", label: words.storage, content: <Storage image={image} /> },
        { id: "lineage", label: words.lineage, content: <Lineage id={image.ImageId ?? ""} /> },
        { id: "usage", label: words.usage, content: <Usage id={image.ImageId ?? ""} /> },
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
  return (
    <Rows
      caption={words.storage}
      columns={[col.device, col.snapshot, col.size, col.type, col.deleteOnTermination]}
      rows={(image.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => [
        DeviceName,
        Ebs?.SnapshotId,
        Ebs?.VolumeSize === undefined ? undefined : `${Ebs.VolumeSize} ${strings.units.gib}`,
        Ebs?.VolumeType,
        Ebs?.DeleteOnTermination ? strings.yes : strings.no,
      ])}
    />
  );
}

function Lineage({ id }: { id: string }) {
  const { answer, problem } = useAnswer(id, () => ec2(new GetImageAncestryCommand({ ImageId: id })));
  return (
    <SpaceBetween size="s">
      <Trouble problem={problem} />
      <Box color="text-body-secondary">{words.lineageNote}</Box>
      <Rows
        caption={words.lineage}
        columns={[col.image, col.owner, col.created, col.source]}
        rows={(answer?.ImageAncestryEntries ?? []).map((each) => [
          each.ImageId && <Link to={urls.image(each.ImageId)}>{each.ImageId}</Link>,
          each.ImageOwnerAlias,
          when(each.CreationDate),
          each.SourceImageId,
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
