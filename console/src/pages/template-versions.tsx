/** The versions of a launch template, and what is done with them. */
import {
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplateVersionsCommand,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
} from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import type { Reason } from "../rules";
import { columns as col, strings, templates as words } from "../strings";
import { when } from "../ui/details";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const numberOf = (version: LaunchTemplateVersion | undefined): number => version?.VersionNumber ?? 0;

export function Versions({ template, refresh }: { template: LaunchTemplate; refresh: () => void }) {
  const go = useNavigate();
  const { ask } = useNotices();
  const id = template.LaunchTemplateId ?? "";
  const [asked, setAsked] = useState(0);
  const [chosen, setChosen] = useState<number[]>([]);
  const { answer, problem } = useAnswer(`${id} ${template.DefaultVersionNumber} ${asked}`, () =>
    ec2(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id })),
  );
  const versions = answer?.LaunchTemplateVersions ?? [];
  const selected = versions.filter((each) => chosen.includes(numberOf(each)));
  const [first, second] = selected;
  const done = () => {
    setAsked(asked + 1);
    refresh();
  };
  const one = (reason: (version: LaunchTemplateVersion) => Reason = () => null): Reason =>
    first && !second ? reason(first) : words.pickVersion;

  async function remove() {
    const deleted = await ec2(
      new DeleteLaunchTemplateVersionsCommand({
        LaunchTemplateId: id,
        Versions: selected.map((each) => String(numberOf(each))),
      }),
    );
    // The operation answers well even when it has deleted nothing.
    const [kept] = deleted.UnsuccessfullyDeletedLaunchTemplateVersions ?? [];
    if (kept) {
      const { Code: name = "", Message } = kept.ResponseError ?? {};
      throw Object.assign(new Error(Message), { name });
    }
  }

  const actions: [id: string, text: string, reason: Reason, act: () => void][] = [
    ["launch", words.launchVersion, one(), () => go(urls.launchFromTemplate(id, numberOf(first)))],
    ["modify", words.modify, one(), () => go(urls.modifyVersion(id, numberOf(first)))],
    [
      "compare",
      words.compare,
      selected.length === 2 ? null : words.pickTwo,
      () => go(urls.compareVersions(id, numberOf(second), numberOf(first))),
    ],
    [
      "default",
      words.setDefault,
      one((version) => (version.DefaultVersion ? words.defaultAlready : null)),
      () =>
        ask({
          title: words.setDefault,
          verb: words.setDefault,
          body: `${template.LaunchTemplateName}: ${words.version} ${numberOf(first)}`,
          act: () =>
            ec2(
              new ModifyLaunchTemplateCommand({
                LaunchTemplateId: id,
                DefaultVersion: String(numberOf(first)),
              }),
            ),
          done,
        }),
    ],
    [
      "delete",
      words.deleteVersion,
      selected.some((each) => each.DefaultVersion)
        ? words.defaultStays
        : selected.length
          ? null
          : strings.list.choose,
      () =>
        ask({
          title: words.deleteVersion,
          verb: words.deleteVersion,
          body: `${words.deleteVersionBody} ${selected.map(numberOf).join(", ")}`,
          act: remove,
          done,
        }),
    ],
  ];

  return (
    <SpaceBetween size="s">
      <Trouble problem={problem} />
      <Table<LaunchTemplateVersion>
        variant="embedded"
        selectionType="multi"
        items={versions}
        loading={!answer && !problem}
        loadingText={strings.loading}
        trackBy={(each) => String(numberOf(each))}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems.map(numberOf))}
        ariaLabels={{
          tableLabel: words.versions,
          selectionGroupLabel: words.versions,
          allItemsSelectionLabel: () => strings.list.select,
          itemSelectionLabel: (_, item) => `${words.version} ${numberOf(item)}`,
        }}
        header={
          <Header
            variant="h3"
            actions={
              <ButtonDropdown
                expandToViewport
                items={actions.map(([key, text, reason]) => ({
                  id: key,
                  text,
                  disabled: reason !== null,
                  disabledReason: reason ?? undefined,
                }))}
                onItemClick={({ detail }) => actions.find(([key]) => key === detail.id)?.[3]()}
              >
                {words.versionActions}
              </ButtonDropdown>
            }
          >
            {words.versions}
          </Header>
        }
        columnDefinitions={[
          { id: "number", header: words.version, cell: numberOf, isRowHeader: true },
          {
            id: "default",
            header: words.isDefault,
            cell: (each) => (each.DefaultVersion ? strings.yes : strings.no),
          },
          { id: "image", header: col.image, cell: (each) => each.LaunchTemplateData?.ImageId },
          { id: "type", header: col.type, cell: (each) => each.LaunchTemplateData?.InstanceType },
          { id: "key", header: col.keyPair, cell: (each) => each.LaunchTemplateData?.KeyName },
          { id: "created", header: col.created, cell: (each) => when(each.CreateTime) },
          { id: "note", header: col.description, cell: (each) => each.VersionDescription },
        ]}
        empty={<Box>{strings.list.empty}</Box>}
      />
    </SpaceBetween>
  );
}
