/** Two versions of a launch template side by side; what differs is marked. */
import { DescribeLaunchTemplateVersionsCommand, type LaunchTemplateVersion } from "@aws-sdk/client-ec2";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { useParams, useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { compare, type Difference } from "../compare";
import { textOf } from "../launch/prefill";
import { launch, strings, templates as words } from "../strings";
import { Page } from "../ui/page";
import { SelectField } from "../ui/select-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

const differs = (row: Difference) => row.left !== row.right;

/** What a version says; its user data as text, where it is some. */
function saidBy(version: LaunchTemplateVersion | undefined) {
  const data = version?.LaunchTemplateData;
  const UserData = textOf(data?.UserData) || data?.UserData;
  return { Description: version?.VersionDescription, ...data, UserData };
}

export function CompareVersions() {
  const { id = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const [only, setOnly] = useState(false);
  const { answer, problem } = useAnswer(id, () =>
    ec2(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id })),
  );
  const versions = answer?.LaunchTemplateVersions ?? [];
  const title = words.compareTitle(versions[0]?.LaunchTemplateName ?? id);
  const [left = "", right = ""] = [search.get("left") ?? "", search.get("right") ?? ""];
  const find = (number: string) => versions.find((each) => String(each.VersionNumber) === number);
  const rows = compare(saidBy(find(left)), saidBy(find(right)));
  const shown = only ? rows.filter(differs) : rows;
  const options = versions.map((each) => ({
    value: String(each.VersionNumber),
    label: launch.versionText(each.VersionNumber ?? 0, each.DefaultVersion ?? false),
    description: each.VersionDescription,
  }));

  const cell = (value: string | undefined, row: Difference) =>
    differs(row) ? <Box fontWeight="bold">{value ?? strings.none}</Box> : (value ?? strings.none);

  return (
    <Page title={title} contentType="table" description={words.compareHint}>
      <SpaceBetween size="m">
        <Trouble problem={problem} />
        <ColumnLayout columns={2}>
          <SelectField
            label={words.left}
            value={left}
            options={options}
            onChange={(value) => setSearch({ left: value, right }, { replace: true })}
          />
          <SelectField
            label={words.right}
            value={right}
            options={options}
            onChange={(value) => setSearch({ left, right: value }, { replace: true })}
          />
        </ColumnLayout>
        <Toggle checked={only} onChange={({ detail }) => setOnly(detail.checked)}>
          {words.onlyDifferences}
        </Toggle>
        <Table
          variant="container"
          wrapLines
          loading={!answer && !problem}
          loadingText={strings.loading}
          ariaLabels={{ tableLabel: title }}
          items={shown}
          trackBy="path"
          empty={<Box>{words.noDifferences}</Box>}
          columnDefinitions={[
            { id: "path", header: words.member, cell: (row) => row.path, isRowHeader: true },
            { id: "left", header: `${words.version} ${left}`, cell: (row) => cell(row.left, row) },
            { id: "right", header: `${words.version} ${right}`, cell: (row) => cell(row.right, row) },
            {
              id: "differs",
              header: words.differs,
              cell: (row) => (differs(row) ? <Badge color="blue">{words.differs}</Badge> : words.equal),
            },
          ]}
        />
      </SpaceBetween>
    </Page>
  );
}
