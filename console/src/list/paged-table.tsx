/** A table in the details of something, of a list that comes page by page. */
import Box from "@cloudscape-design/components/box";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { strings } from "../strings";
import { Trouble } from "../ui/trouble";
import type { Pages } from "./use-pages";

interface Props<T> extends Omit<TableProps<T>, "items" | "loading" | "pagination" | "empty"> {
  pages: Pages<T>;
  empty: string;
}

export function PagedTable<T>({ pages, empty, ...table }: Props<T>) {
  return (
    <>
      <Trouble problem={pages.problem} />
      <Table
        variant="embedded"
        {...table}
        items={pages.items}
        loading={pages.loading}
        loadingText={strings.loading}
        empty={<Box color="text-body-secondary">{empty}</Box>}
        pagination={
          pages.count > 1 && (
            <Pagination
              currentPageIndex={pages.index}
              pagesCount={pages.count}
              onChange={({ detail }) => pages.goTo(detail.currentPageIndex)}
              ariaLabels={strings.paging}
            />
          )
        }
      />
    </>
  );
}
