import {
  type ComponentVersion,
  DeleteComponentCommand,
  GetComponentCommand,
  ListComponentBuildVersionsCommand,
  type Ownership,
} from "@aws-sdk/client-imagebuilder";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { listComponents, tagList, tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { session } from "../aws/session";
import * as rules from "../builder-rules";
import { useAsked } from "../list/asked";
import { one } from "../list/one";
import { ResourcePage } from "../list/resource-page";
import { forAll } from "../rules";
import { columns as col, strings, components as words } from "../strings";
import { Code } from "../ui/code";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const OWNERS: { value: Ownership; label: string }[] = [
  { value: "Self", label: words.mine },
  { value: "Amazon", label: words.shipped },
  { value: "Shared", label: words.shared },
];

/** Deletes all builds of a version. */
async function remove(version: ComponentVersion): Promise<void> {
  const answer = await imagebuilder(
    new ListComponentBuildVersionsCommand({ componentVersionArn: version.arn }),
  );
  for (const { arn } of answer.componentSummaryList ?? []) {
    await imagebuilder(new DeleteComponentCommand({ componentBuildVersionArn: arn }));
  }
}

export function Components() {
  const go = useNavigate();
  const asked = useAsked();
  const [owner, setOwner] = useState<Ownership>("Self");
  const own = rules.ownResource(session.current()?.account ?? "");
  return (
    <ResourcePage<ComponentVersion>
      key={owner}
      title={words.title}
      scope={owner}
      exact
      description={
        <Select
          ariaLabel={words.show}
          selectedOption={OWNERS.find((each) => each.value === owner) ?? null}
          options={OWNERS}
          onChange={({ detail }) => setOwner(detail.selectedOption.value as Ownership)}
        />
      }
      fetch={(filters, token) => listComponents(owner, filters, token)}
      id={(component) => tail(component.arn)}
      idFilter="name"
      primary={{ text: words.create, act: () => go(urls.createComponent) }}
      properties={[
        ["name", col.name],
        ["version", words.version],
        ["type", words.type, ["BUILD", "TEST"]],
        ["description", col.description],
      ]}
      columns={[
        { id: "name", header: col.name, cell: (each) => each.name, isRowHeader: true, width: 240 },
        { id: "version", header: words.version, cell: (each) => each.version, width: 110 },
        { id: "type", header: words.type, cell: (each) => each.type, width: 100 },
        { id: "owner", header: col.owner, cell: (each) => each.owner, width: 150 },
        { id: "created", header: col.created, cell: (each) => when(each.dateCreated), width: 200 },
        { id: "description", header: col.description, cell: (each) => each.description, width: 400 },
      ]}
      actions={[
        {
          id: "version",
          text: words.newVersion,
          reason: one(),
          act: ([component]) => go(urls.createComponentLike(component?.arn ?? "")),
        },
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, own, strings.list.choose),
          act: asked(words.remove, words.removeBody, (each) => tail(each.arn), remove),
        },
      ]}
      details={(component) => <Details key={component.arn} component={component} />}
    />
  );
}

function Details({ component }: { component: ComponentVersion }) {
  const { answer, problem } = useAnswer(component.arn ?? "", () =>
    imagebuilder(new GetComponentCommand({ componentBuildVersionArn: component.arn })),
  );
  const whole = answer?.component;
  const facts = (
    <SpaceBetween size="l">
      <Facts
        facts={{
          [col.name]: component.name,
          [words.version]: whole?.version,
          [words.type]: component.type,
          [col.owner]: component.owner,
          [col.description]: component.description,
          [words.change]: whole?.changeDescription,
          [col.created]: when(component.dateCreated),
        }}
      />
      <Rows
        caption={words.parameters}
        columns={[words.parameter, words.default, col.description]}
        rows={(whole?.parameters ?? []).map((each) => [
          each.name,
          each.defaultValue?.join(", "),
          each.description,
        ])}
      />
    </SpaceBetween>
  );
  return (
    <SpaceBetween size="s">
      <Trouble problem={problem} />
      <Tabs
        tabs={[
          {
            id: "document",
            label: words.document,
            content: <Code label={words.document} text={whole?.data ?? ""} />,
          },
          { id: "details", label: words.details, content: facts },
          { id: "tags", label: strings.tags.title, content: <Tags tags={tagList(whole?.tags)} /> },
        ]}
      />
    </SpaceBetween>
  );
}
