import { GetConsoleOutputCommand, type Instance } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { ec2 } from "../aws/ec2";
import { Drift } from "../inside/drift";
import { GroupReview } from "../inside/group-review";
import { tagOf } from "../list/filters";
import { columns as col, drift, strings, instances as words } from "../strings";
import { readable } from "../ui/console-text";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Link } from "../ui/link";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

export function InstanceDetails({ instance }: { instance: Instance }) {
  return (
    <Tabs
      tabs={[
        { id: "details", label: words.details, content: <Details instance={instance} /> },
        { id: "storage", label: words.storage, content: <Storage instance={instance} /> },
        {
          id: "network",
          label: words.networking,
          content: <Network key={instance.InstanceId} instance={instance} />,
        },
        { id: "drift", label: drift.tab, content: <Drift key={instance.InstanceId} instance={instance} /> },
        { id: "tags", label: strings.tags.title, content: <Tags tags={instance.Tags} /> },
        { id: "console", label: words.console, content: <Console id={instance.InstanceId ?? ""} /> },
      ]}
    />
  );
}

function Details({ instance }: { instance: Instance }) {
  return (
    <Facts
      facts={{
        [col.name]: tagOf(instance.Tags, "Name"),
        [col.id]: instance.InstanceId,
        [col.state]: <State state={instance.State?.Name} />,
        [col.reason]: instance.StateReason?.Message,
        [col.type]: instance.InstanceType,
        [col.image]: <Link to={urls.image(instance.ImageId ?? "")}>{instance.ImageId}</Link>,
        [col.publicIp]: instance.PublicIpAddress,
        [col.privateIp]: instance.PrivateIpAddress,
        [col.zone]: instance.Placement?.AvailabilityZone,
        [col.keyPair]: instance.KeyName,
        [col.architecture]: instance.Architecture,
        [col.launched]: when(instance.LaunchTime),
      }}
    />
  );
}

function Storage({ instance }: { instance: Instance }) {
  return (
    <Rows
      caption={words.storage}
      columns={[col.device, col.volume, col.state, col.deleteOnTermination]}
      rows={(instance.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => [
        DeviceName === instance.RootDeviceName ? `${DeviceName} (root)` : DeviceName,
        Ebs?.VolumeId && <Link to={`${urls.volumes}?id=${Ebs.VolumeId}`}>{Ebs.VolumeId}</Link>,
        Ebs?.Status,
        Ebs?.DeleteOnTermination ? strings.yes : strings.no,
      ])}
    />
  );
}

function Network({ instance }: { instance: Instance }) {
  return (
    <SpaceBetween size="l">
      <Rows
        caption={words.networking}
        columns={[col.interface, col.subnet, col.vpc, col.privateIp, col.publicIp, col.groups]}
        rows={(instance.NetworkInterfaces ?? []).map((each) => [
          each.NetworkInterfaceId,
          each.SubnetId,
          each.VpcId,
          each.PrivateIpAddress,
          each.Association?.PublicIp,
          (each.Groups ?? []).map((group) => group.GroupName).join(", "),
        ])}
      />
      <GroupReview id={instance.InstanceId ?? ""} />
    </SpaceBetween>
  );
}

function Console({ id }: { id: string }) {
  const ask = async () => (await ec2(new GetConsoleOutputCommand({ InstanceId: id }))).Output ?? "";
  const { answer, problem } = useAnswer(id, ask, 2000);
  return (
    <>
      <Trouble problem={problem} />
      <section aria-label={words.consoleLabel} className="serial-console">
        <Box variant="pre">{answer ? readable(answer) : words.consoleEmpty}</Box>
      </section>
    </>
  );
}
