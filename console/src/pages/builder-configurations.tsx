/** The table of configurations: infrastructures, distributions, lifecycle policies. */
import type { TableProps } from "@cloudscape-design/components/table";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { tagList } from "../aws/builder-lists";
import { useAsked } from "../list/asked";
import { type Action, type Property, ResourcePage } from "../list/resource-page";
import { forAll } from "../rules";
import { columns as col, strings, configurations as words } from "../strings";
import { Code, json } from "../ui/code";
import { Tags, when } from "../ui/details";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

type Common = {
  arn?: string;
  name?: string;
  description?: string;
  dateCreated?: string | Date;
  dateUpdated?: string | Date;
  tags?: Record<string, string>;
};

interface Props<T, W> {
  title: string;
  fetch: Parameters<typeof ResourcePage<T>>[0]["fetch"];
  columns: TableProps.ColumnDefinition<T>[];
  properties?: Property[];
  primary?: { text: string; act: () => void };
  /** Beside "Delete", which every kind has. */
  actions?: Action<T>[];
  moving?: (item: T) => boolean;
  remove: (arn: string | undefined) => Promise<unknown>;
  whole: (arn: string | undefined) => Promise<W>;
  /** Before what `whole` answers, and the tags. */
  tabs?: (item: T, whole: W | undefined) => TabsProps.Tab[];
}

export function Configurations<T extends Common, W = unknown>({
  title,
  fetch,
  columns,
  properties,
  primary,
  actions = [],
  moving,
  remove,
  whole,
  tabs,
}: Props<T, W>) {
  const asked = useAsked();
  return (
    <ResourcePage<T>
      title={title}
      exact
      fetch={fetch}
      id={(each) => each.name ?? ""}
      idFilter="name"
      moving={moving}
      primary={primary}
      properties={[["name", col.name], ...(properties ?? [])]}
      columns={[
        { id: "name", header: col.name, cell: (each) => each.name, isRowHeader: true, width: 240 },
        ...columns.map((column) => ({ width: 200, ...column })),
        { id: "created", header: col.created, cell: (each) => when(each.dateCreated), width: 200 },
        {
          id: "description",
          header: col.description,
          cell: (each) => each.description ?? strings.none,
          width: 300,
        },
      ]}
      actions={[
        ...actions,
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, () => null, strings.list.choose),
          act: asked(
            words.remove,
            words.removeBody,
            (each) => each.name,
            (each) => remove(each.arn),
          ),
        },
      ]}
      details={(each) => <Details key={each.arn} item={each} whole={whole} tabs={tabs} />}
    />
  );
}

function Details<T extends Common, W>({
  item,
  whole,
  tabs,
}: Pick<Props<T, W>, "whole" | "tabs"> & { item: T }) {
  const { answer, problem } = useAnswer(`${item.arn} ${item.dateUpdated}`, () => whole(item.arn));
  const document = <Code label={words.document} text={json(answer)} />;
  const tags = <Tags tags={tagList(item.tags)} />;
  return (
    <>
      <Trouble problem={problem} />
      {tabs ? (
        <Tabs
          tabs={[
            ...tabs(item, answer),
            { id: "json", label: words.document, content: document },
            { id: "tags", label: strings.tags.title, content: tags },
          ]}
        />
      ) : (
        <>
          {document}
          {tags}
        </>
      )}
    </>
  );
}
