/** A table of rows that are all here: found by text, sorted, a page at a time; on paper, all of them. */
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { ReactNode } from "react";
import { inside, strings } from "../strings";
import { usePrinting } from "../ui/use-printing";

export interface LoadedColumn<T> {
  header: string;
  /** What is found, sorted by, and shown unless `cell` shows it otherwise. */
  text: (row: T) => string;
  cell?: (row: T) => ReactNode;
  order?: (a: T, b: T) => number;
  width?: number;
}

interface Props<T> {
  title: string;
  rows: readonly T[];
  columns: LoadedColumn<T>[];
  empty?: string;
  actions?: ReactNode;
  description?: ReactNode;
  variant?: TableProps.Variant;
}

const PAGE = 50;
const ON_PAPER = 2000;

export function LoadedTable<T>({ title, rows, columns, empty, actions, description, variant }: Props<T>) {
  const printing = usePrinting();
  const { items, filterProps, paginationProps, collectionProps, filteredItemsCount } = useCollection(rows, {
    filtering: {
      empty: empty ?? strings.none,
      noMatch: strings.list.noMatch,
      filteringFunction: (row, text) => {
        const wanted = text.toLowerCase();
        return columns.some((column) => column.text(row).toLowerCase().includes(wanted));
      },
    },
    pagination: { pageSize: printing ? ON_PAPER : PAGE },
    sorting: {},
  });
  const compare = (column: LoadedColumn<T>) => (a: T, b: T) => {
    const [one, other] = [column.text(a), column.text(b)];
    return one < other ? -1 : Number(one > other);
  };
  const short = rows.length <= PAGE;
  return (
    <Table
      {...collectionProps}
      variant={variant ?? "container"}
      wrapLines
      items={items}
      ariaLabels={{ tableLabel: title }}
      columnDefinitions={columns.map((column, at) => ({
        id: column.header,
        header: column.header,
        cell: (row: T) => column.cell?.(row) ?? (column.text(row) || strings.none),
        sortingComparator: column.order ?? compare(column),
        isRowHeader: at === 0,
        ...(column.width && { width: column.width }),
      }))}
      header={
        <Header
          variant={variant === "embedded" ? "h3" : "h2"}
          counter={`(${rows.length.toLocaleString("en")})`}
          actions={actions}
          description={description}
        >
          {title}
        </Header>
      }
      filter={
        rows.length > 5 && (
          <TextFilter
            {...filterProps}
            filteringAriaLabel={`${inside.find}: ${title}`}
            filteringPlaceholder={inside.find}
            countText={inside.matches(filteredItemsCount ?? 0)}
          />
        )
      }
      pagination={short || printing ? undefined : <Pagination {...paginationProps} />}
      empty={<Box color="text-body-secondary">{collectionProps.empty}</Box>}
    />
  );
}
