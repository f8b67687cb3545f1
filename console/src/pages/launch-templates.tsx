import {
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type LaunchTemplate,
  ModifyLaunchTemplateCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { PAGE } from "../aws/lists";
import { ResourcePage } from "../list/resource-page";
import { forAll, type Reason } from "../rules";
import { columns as col, strings, templates as words } from "../strings";
import { Facts, Rows, Tags, when } from "../ui/details";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const one = (selected: LaunchTemplate[]): Reason =>
  selected.length === 1 ? null : selected.length ? strings.list.chooseOnlyOne : strings.list.chooseOne;

export function LaunchTemplates() {
  const go = useNavigate();
  const { ask, say } = useNotices();
  return (
    <ResourcePage<LaunchTemplate>
      title={words.title}
      fetch={async (filters, NextToken) => {
        const answer = await ec2(
          new DescribeLaunchTemplatesCommand({
            Filters: filters.length ? filters : undefined,
            NextToken,
            MaxResults: PAGE,
          }),
        );
        return { items: answer.LaunchTemplates ?? [], next: answer.NextToken };
      }}
      id={(template) => template.LaunchTemplateId ?? ""}
      idFilter="launch-template-id"
      properties={[["launch-template-name", col.name]]}
      columns={[
        {
          id: "name",
          header: col.name,
          cell: (each) => each.LaunchTemplateName,
          isRowHeader: true,
          width: 240,
        },
        { id: "id", header: col.id, cell: (each) => each.LaunchTemplateId, width: 220 },
        { id: "default", header: col.defaultVersion, cell: (each) => each.DefaultVersionNumber, width: 150 },
        { id: "latest", header: col.versions, cell: (each) => each.LatestVersionNumber, width: 150 },
        { id: "created", header: col.created, cell: (each) => when(each.CreateTime), width: 200 },
      ]}
      actions={[
        {
          id: "launch",
          text: words.launch,
          reason: one,
          act: ([template]) =>
            ask({
              title: words.launch,
              verb: words.launch,
              body: `${words.launchBody} ${template?.LaunchTemplateName}.`,
              act: async () => {
                const answer = await ec2(
                  new RunInstancesCommand({
                    LaunchTemplate: { LaunchTemplateId: template?.LaunchTemplateId },
                    MinCount: 1,
                    MaxCount: 1,
                  }),
                );
                say(
                  words.launched((answer.Instances ?? []).map((each) => each.InstanceId).join(", ")),
                  "info",
                );
              },
              done: () => go(urls.instances),
            }),
        },
        {
          id: "default",
          text: words.setDefault,
          reason: (selected) =>
            one(selected) ??
            (selected[0]?.DefaultVersionNumber === selected[0]?.LatestVersionNumber ? words.isDefault : null),
          act: ([template], refresh) =>
            ask({
              title: words.setDefault,
              verb: words.setDefault,
              body: `${template?.LaunchTemplateName}: ${template?.LatestVersionNumber}`,
              act: () =>
                ec2(
                  new ModifyLaunchTemplateCommand({
                    LaunchTemplateId: template?.LaunchTemplateId,
                    DefaultVersion: String(template?.LatestVersionNumber),
                  }),
                ),
              done: refresh,
            }),
        },
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, () => null, strings.list.choose),
          act: (selected, refresh) =>
            ask({
              title: words.remove,
              verb: words.remove,
              body: `${words.removeBody} ${selected.map((each) => each.LaunchTemplateName).join(", ")}`,
              act: () =>
                Promise.all(
                  selected.map(({ LaunchTemplateId }) =>
                    ec2(new DeleteLaunchTemplateCommand({ LaunchTemplateId })),
                  ),
                ),
              done: refresh,
            }),
        },
      ]}
      details={(template) => <Details template={template} />}
    />
  );
}

function Details({ template }: { template: LaunchTemplate }) {
  const id = template.LaunchTemplateId ?? "";
  const { answer, problem } = useAnswer(`${id} ${template.DefaultVersionNumber}`, () =>
    ec2(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id })),
  );
  return (
    <SpaceBetween size="l">
      <Facts
        facts={{
          [col.name]: template.LaunchTemplateName,
          [col.id]: id,
          [col.created]: when(template.CreateTime),
        }}
      />
      <Trouble problem={problem} />
      <Rows
        caption={words.versions}
        columns={[
          words.version,
          words.isDefault,
          col.image,
          col.type,
          col.keyPair,
          col.created,
          col.description,
        ]}
        rows={(answer?.LaunchTemplateVersions ?? []).map((each) => [
          each.VersionNumber,
          each.DefaultVersion ? strings.yes : strings.no,
          each.LaunchTemplateData?.ImageId,
          each.LaunchTemplateData?.InstanceType,
          each.LaunchTemplateData?.KeyName,
          when(each.CreateTime),
          each.VersionDescription,
        ])}
      />
      <Tags tags={template.Tags} />
    </SpaceBetween>
  );
}
