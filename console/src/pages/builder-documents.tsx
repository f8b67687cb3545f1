/** Components or workflows: the versions that an owner has, and of one its document, parameters and tags. */
import type { Filter } from "@aws-sdk/client-ec2";
import type { Ownership } from "@aws-sdk/client-imagebuilder";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { tagList, tail } from "../aws/builder-lists";
import { session } from "../aws/session";
import * as rules from "../builder/builder-rules";
import { useAsked } from "../list/asked";
import { one } from "../list/one";
import { ResourcePage } from "../list/resource-page";
import type { Page } from "../list/use-pages";
import { forAll } from "../rules";
import { columns as col, strings, documents as words } from "../strings";
import { Code } from "../ui/code";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

/** What both kinds have of a version, in a list. */
export interface Version {
  arn?: string | undefined;
  name?: string | undefined;
  version?: string | undefined;
  type?: string | undefined;
  owner?: string | undefined;
  description?: string | undefined;
  dateCreated?: string | undefined;
}

/** What both kinds have of one version. */
export interface Whole {
  version?: string | undefined;
  changeDescription?: string | undefined;
  data?: string | undefined;
  tags?: Record<string, string> | undefined;
  parameters?: { name?: string; defaultValue?: string[]; description?: string }[] | undefined;
}

interface Props {
  title: string;
  verbs: { create: string; remove: string; removeBody: string };
  /** The types that there are. */
  types: string[];
  list: (owner: Ownership, filters: Filter[], token?: string) => Promise<Page<Version>>;
  get: (arn: string) => Promise<Whole | undefined>;
  /** Deletes all builds of a version. */
  remove: (version: Version) => Promise<void>;
  create: string;
  createLike: (arn: string) => string;
  /** What only this kind has. */
  tabs?: (version: Version, whole: Whole) => TabsProps.Tab[];
}

const OWNERS: { value: Ownership; label: string }[] = [
  { value: "Self", label: words.mine },
  { value: "Amazon", label: words.shipped },
  { value: "Shared", label: words.shared },
];

export function Documents(props: Props) {
  const go = useNavigate();
  const asked = useAsked();
  const [owner, setOwner] = useState<Ownership>("Self");
  const own = rules.ownResource(session.current()?.account ?? "");
  return (
    <ResourcePage<Version>
      key={owner}
      title={props.title}
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
      fetch={(filters, token) => props.list(owner, filters, token)}
      id={(version) => tail(version.arn)}
      idFilter="name"
      primary={{ text: props.verbs.create, act: () => go(props.create) }}
      properties={[
        ["name", col.name],
        ["version", words.version],
        ["type", words.type, props.types],
        ["description", col.description],
      ]}
      columns={[
        { id: "name", header: col.name, cell: (each) => each.name, isRowHeader: true, width: 240 },
        { id: "version", header: words.version, cell: (each) => each.version, width: 110 },
        { id: "type", header: words.type, cell: (each) => each.type, width: 140 },
        { id: "owner", header: col.owner, cell: (each) => each.owner, width: 150 },
        { id: "created", header: col.created, cell: (each) => when(each.dateCreated), width: 200 },
        { id: "description", header: col.description, cell: (each) => each.description, width: 400 },
      ]}
      actions={[
        {
          id: "version",
          text: words.newVersion,
          reason: one(),
          act: ([version]) => go(props.createLike(version?.arn ?? "")),
        },
        {
          id: "delete",
          text: props.verbs.remove,
          reason: (selected) => forAll(selected, own, strings.list.choose),
          act: asked(props.verbs.remove, props.verbs.removeBody, (each) => tail(each.arn), props.remove),
        },
      ]}
      details={(version) => <Details key={version.arn} {...props} of={version} />}
    />
  );
}

function Details({ of, get, tabs }: Props & { of: Version }) {
  const { answer: whole, problem } = useAnswer(of.arn ?? "", () => get(of.arn ?? ""));
  const facts = (
    <SpaceBetween size="l">
      <Facts
        facts={{
          [col.name]: of.name,
          [words.version]: whole?.version,
          [words.type]: of.type,
          [col.owner]: of.owner,
          [col.description]: of.description,
          [words.change]: whole?.changeDescription,
          [col.created]: when(of.dateCreated),
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
          ...(whole ? (tabs?.(of, whole) ?? []) : []),
          { id: "details", label: words.details, content: facts },
          { id: "tags", label: strings.tags.title, content: <Tags tags={tagList(whole?.tags)} /> },
        ]}
      />
    </SpaceBetween>
  );
}
