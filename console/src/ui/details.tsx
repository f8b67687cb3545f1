import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { strings } from "../strings";

/** Facts about one thing, in three columns; what is missing is a dash. */
export function Facts({ facts }: { facts: Record<string, ReactNode> }) {
  const shown = (value: ReactNode) =>
    value === undefined || value === null || value === "" ? strings.none : value;
  return (
    <KeyValuePairs
      columns={3}
      items={Object.entries(facts).map(([label, value]) => ({ label, value: shown(value) }))}
    />
  );
}

/** A small table without any controls. */
export function Rows({
  caption,
  columns,
  rows,
}: {
  caption: string;
  columns: string[];
  rows: ReactNode[][];
}) {
  return (
    <Table
      variant="embedded"
      ariaLabels={{ tableLabel: caption }}
      columnDefinitions={columns.map((header, at) => ({
        id: header,
        header,
        cell: (row: ReactNode[]) => row[at] ?? strings.none,
      }))}
      items={rows}
      empty={<Box color="text-body-secondary">{strings.list.empty}</Box>}
    />
  );
}

export function Tags({ tags }: { tags: { Key?: string; Value?: string }[] | undefined }) {
  const { key, value, title } = strings.tags;
  return (
    <Rows caption={title} columns={[key, value]} rows={(tags ?? []).map((tag) => [tag.Key, tag.Value])} />
  );
}

export const when = (date: Date | string | undefined): string =>
  date ? new Date(date).toLocaleString() : "";

/** What the server says, with its moments as `when` shows them. */
export const withMoments = (text: string | undefined): string | undefined =>
  text?.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (moment) => when(moment));
