import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceStatusCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
} from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { listInstances } from "../aws/lists";
import { describeStorage, type Storage as Stored } from "../aws/storage";
import { strings, dashboard as words } from "../strings";
import { Link } from "../ui/link";
import { Page } from "../ui/page";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { Attention, Builds, Storage } from "./dashboard-panels";

/** How many there are; of more than a page, that there are more. */
const count = (list: { items: unknown[]; next: string | undefined }) =>
  list.next ? words.more(list.items.length) : String(list.items.length);

type Counted = [label: string, count: string, url: string];

async function look(): Promise<{ counts: Counted[]; stored: Stored }> {
  const [running, instances, stored, groups, keys, templates] = await Promise.all([
    listInstances([{ Name: "instance-state-name", Values: ["running"] }]),
    listInstances([]),
    describeStorage(),
    ec2(new DescribeSecurityGroupsCommand({})),
    ec2(new DescribeKeyPairsCommand({})),
    ec2(new DescribeLaunchTemplatesCommand({})),
  ]);
  const counts: Counted[] = [
    [words.running, count(running), urls.instances],
    [words.instances, count(instances), urls.instances],
    [words.images, stored.Images.toLocaleString("en"), urls.images],
    [words.volumes, stored.Volumes.toLocaleString("en"), urls.volumes],
    [words.snapshots, stored.Snapshots.toLocaleString("en"), urls.snapshots],
    [words.groups, String(groups.SecurityGroups?.length ?? 0), urls.securityGroups],
    [words.keys, String(keys.KeyPairs?.length ?? 0), urls.keyPairs],
    [words.templates, String(templates.LaunchTemplates?.length ?? 0), urls.launchTemplates],
  ];
  return { counts, stored };
}

export function Dashboard() {
  const go = useNavigate();
  const resources = useAnswer("resources", look, 15_000);
  const status = useAnswer("status", () => ec2(new DescribeInstanceStatusCommand({})), 15_000);
  const zones = useAnswer("zones", () => ec2(new DescribeAvailabilityZonesCommand({})));
  const statuses = status.answer?.InstanceStatuses ?? [];
  const impaired = statuses.filter((each) =>
    [each.InstanceStatus?.Status, each.SystemStatus?.Status].includes("impaired"),
  ).length;

  return (
    <Page
      title={words.title}
      actions={
        <Button variant="primary" onClick={() => go(urls.launch)}>
          {words.launch}
        </Button>
      }
    >
      <SpaceBetween size="l">
        <Trouble problem={resources.problem ?? status.problem ?? zones.problem} />
        <Container header={<Header>{words.resources}</Header>}>
          {resources.answer ? (
            <KeyValuePairs
              columns={4}
              items={resources.answer.counts.map(([label, number, url]) => ({
                label,
                value: (
                  <Link to={url}>
                    <Box variant="awsui-value-large" display="inline">
                      {number}
                    </Box>
                  </Link>
                ),
              }))}
            />
          ) : (
            <StatusIndicator type="loading">{strings.loading}</StatusIndicator>
          )}
        </Container>
        <Attention />
        {resources.answer && <Storage stored={resources.answer.stored} />}
        <Builds />
        <Container header={<Header>{words.health}</Header>}>
          <SpaceBetween size="xs">
            <StatusIndicator type="success">{words.healthy(statuses.length - impaired)}</StatusIndicator>
            {impaired > 0 && <StatusIndicator type="error">{words.unhealthy(impaired)}</StatusIndicator>}
          </SpaceBetween>
        </Container>
        <Container header={<Header>{words.zones}</Header>}>
          <SpaceBetween size="xs">
            {(zones.answer?.AvailabilityZones ?? []).map((zone) => (
              <StatusIndicator key={zone.ZoneName} type={zone.State === "available" ? "success" : "warning"}>
                {zone.ZoneName}
              </StatusIndicator>
            ))}
          </SpaceBetween>
        </Container>
      </SpaceBetween>
    </Page>
  );
}
