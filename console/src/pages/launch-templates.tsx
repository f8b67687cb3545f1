import {
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
  type LaunchTemplate,
} from "@aws-sdk/client-ec2";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { PAGE } from "../aws/lists";
import { useAsked } from "../list/asked";
import { ResourcePage } from "../list/resource-page";
import { forAll, type Reason } from "../rules";
import { columns as col, strings, templates as words } from "../strings";
import { Facts, Tags, when } from "../ui/details";
import { urls } from "../urls";
import { Versions } from "./template-versions";

const idOf = (template: LaunchTemplate | undefined) => template?.LaunchTemplateId ?? "";
const one = (selected: LaunchTemplate[]): Reason =>
  selected.length === 1 ? null : selected.length ? strings.list.chooseOnlyOne : strings.list.chooseOne;

export function LaunchTemplates() {
  const go = useNavigate();
  const asked = useAsked();
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
      id={idOf}
      idFilter="launch-template-id"
      primary={{ text: words.create, act: () => go(urls.createLaunchTemplate) }}
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
            go(urls.launchFromTemplate(idOf(template), template?.DefaultVersionNumber ?? 1)),
        },
        {
          id: "modify",
          text: words.modify,
          reason: one,
          act: ([template]) => go(urls.modifyVersion(idOf(template), template?.LatestVersionNumber ?? 1)),
        },
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, () => null, strings.list.choose),
          act: asked(
            words.remove,
            words.removeBody,
            (each) => each.LaunchTemplateName,
            ({ LaunchTemplateId }) => ec2(new DeleteLaunchTemplateCommand({ LaunchTemplateId })),
          ),
        },
      ]}
      details={(template, refresh) => (
        <Details key={template.LaunchTemplateId} template={template} refresh={refresh} />
      )}
    />
  );
}

function Details({ template, refresh }: { template: LaunchTemplate; refresh: () => void }) {
  return (
    <SpaceBetween size="l">
      <Facts
        facts={{
          [col.name]: template.LaunchTemplateName,
          [col.id]: template.LaunchTemplateId,
          [col.created]: when(template.CreateTime),
        }}
      />
      <Versions template={template} refresh={refresh} />
      <Tags tags={template.Tags} />
    </SpaceBetween>
  );
}
