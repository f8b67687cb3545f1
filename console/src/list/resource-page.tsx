/**
 * The page that every kind of resource has: a table with a property filter, actions that say why they cannot
 * work, and the details of what is selected in a split panel.
 */
import type { Filter } from "@aws-sdk/client-ec2";
import Alert from "@cloudscape-design/components/alert";
import AppLayout from "@cloudscape-design/components/app-layout";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown, { type ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import SpaceBetween from "@cloudscape-design/components/space-between";
import SplitPanel from "@cloudscape-design/components/split-panel";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { type ReactNode, useEffect, useState } from "react";
import { useSearchParams } from "react-router-dom";
import type { Reason } from "../rules";
import { strings } from "../strings";
import { useLayout } from "../ui/layout";
import { filtersOf } from "./filters";
import { type Page, usePages } from "./use-pages";

export interface Action<T> {
  id: string;
  text: string;
  /** Why it cannot be done to what is selected. */
  reason: (selected: T[]) => Reason;
  act: (selected: T[], refresh: () => void) => void;
  group?: string;
  /** A button beside the menu, not in it. */
  button?: boolean;
}

/** A property that the API filters by: its name there, and how it is called here. */
export type Property = [key: string, label: string, options?: string[]];

interface Props<T> {
  title: string;
  /** What the list is of, beyond the filter; another begins the list anew. */
  scope?: string;
  description?: ReactNode;
  above?: ReactNode;
  fetch: (filters: Filter[], token: string | undefined) => Promise<Page<T>>;
  id: (item: T) => string;
  /** The name of the API's filter by id. */
  idFilter: string;
  columns: TableProps.ColumnDefinition<T>[];
  properties: Property[];
  /** The API's filters compare whole values only: there is no "contains". */
  exact?: boolean;
  actions: Action<T>[];
  primary?: { text: string; act: () => void };
  moving?: (item: T) => boolean;
  details: (item: T, refresh: () => void) => ReactNode;
}

export function ResourcePage<T>(props: Props<T>) {
  const [search] = useSearchParams();
  const wanted = search.get("id");
  const [query, setQuery] = useState<PropertyFilterProps.Query>({
    operation: "and",
    tokens: wanted ? [{ propertyKey: props.idFilter, operator: "=", value: wanted }] : [],
  });
  const filters = filtersOf(query);
  const pages = usePages<T>(
    JSON.stringify([props.scope, filters]),
    (token) => props.fetch(filters, token),
    props.moving ?? (() => false),
  );
  const [chosen, setChosen] = useState<string[]>(wanted ? [wanted] : []);
  const [open, setOpen] = useState(true);
  const layout = useLayout();
  // What is selected is what is still there, as it is now.
  const selected = pages.items.filter((item) => chosen.includes(props.id(item)));
  const only = selected.length === 1 ? selected[0] : undefined;

  useEffect(() => {
    document.title = `${props.title} · ${strings.product}`;
  }, [props.title]);

  return (
    <AppLayout
      {...layout}
      contentType="table"
      splitPanelOpen={open && selected.length > 0}
      onSplitPanelToggle={({ detail }) => setOpen(detail.open)}
      splitPanel={
        selected.length > 0 && (
          <SplitPanel
            header={only ? props.id(only) : strings.list.selected(selected.length)}
            hidePreferencesButton
          >
            {only ? props.details(only, pages.refresh) : <Box>{strings.list.chooseOnlyOne}</Box>}
          </SplitPanel>
        )
      }
      content={
        <SpaceBetween size="m">
          {pages.problem && (
            <Alert type="error" header={pages.problem.code}>
              {pages.problem.message} {pages.problem.hint}
            </Alert>
          )}
          {props.above}
          <Table
            variant="full-page"
            stickyHeader
            resizableColumns
            selectionType="multi"
            items={pages.items}
            loading={pages.loading}
            loadingText={strings.loading}
            trackBy={props.id}
            columnDefinitions={props.columns}
            selectedItems={selected}
            onSelectionChange={({ detail }) => setChosen(detail.selectedItems.map(props.id))}
            onRowClick={({ detail }) => setChosen([props.id(detail.item)])}
            ariaLabels={{
              tableLabel: props.title,
              selectionGroupLabel: props.title,
              allItemsSelectionLabel: () => strings.list.select,
              itemSelectionLabel: (_, item) => `${strings.list.select} ${props.id(item)}`,
            }}
            header={
              <Header
                variant="awsui-h1-sticky"
                counter={
                  pages.loading
                    ? undefined
                    : `(${pages.items.length}${pages.more || pages.index > 1 ? "+" : ""})`
                }
                description={props.description}
                actions={
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button iconName="refresh" ariaLabel={strings.list.refresh} onClick={pages.refresh} />
                    {props.actions
                      .filter((action) => action.button)
                      .map((action) => {
                        const reason = action.reason(selected);
                        return (
                          <Button
                            key={action.id}
                            disabled={reason !== null}
                            disabledReason={reason ?? undefined}
                            onClick={() => action.act(selected, pages.refresh)}
                          >
                            {action.text}
                          </Button>
                        );
                      })}
                    <Actions
                      actions={props.actions.filter((action) => !action.button)}
                      selected={selected}
                      refresh={pages.refresh}
                    />
                    {props.primary && (
                      <Button variant="primary" onClick={props.primary.act}>
                        {props.primary.text}
                      </Button>
                    )}
                  </SpaceBetween>
                }
              >
                {props.title}
              </Header>
            }
            filter={
              <PropertyFilter
                query={query}
                onChange={({ detail }) => setQuery(detail)}
                disableFreeTextFiltering
                hideOperations
                filteringPlaceholder={strings.list.filter}
                filteringAriaLabel={strings.list.filter}
                filteringProperties={props.properties.map(([key, label]) => ({
                  key,
                  propertyLabel: label,
                  groupValuesLabel: label,
                  operators: props.exact ? ["="] : [":", "="],
                  defaultOperator: props.exact || key === props.idFilter ? "=" : ":",
                }))}
                filteringOptions={props.properties.flatMap(([propertyKey, , options]) =>
                  (options ?? []).map((value) => ({ propertyKey, value })),
                )}
              />
            }
            pagination={
              <Pagination
                currentPageIndex={pages.index}
                pagesCount={pages.count}
                openEnd={false}
                disabled={pages.loading}
                onChange={({ detail }) => pages.goTo(detail.currentPageIndex)}
                ariaLabels={strings.paging}
              />
            }
            empty={<Box textAlign="center">{filters.length ? strings.list.noMatch : strings.list.empty}</Box>}
          />
        </SpaceBetween>
      }
    />
  );
}

/** The menu of actions. */
export function Actions<T>({
  actions,
  selected,
  refresh,
}: {
  actions: Action<T>[];
  selected: T[];
  refresh: () => void;
}) {
  const item = (action: Action<T>) => {
    const reason = action.reason(selected);
    return {
      id: action.id,
      text: action.text,
      disabled: reason !== null,
      disabledReason: reason ?? undefined,
    };
  };
  const groups = [...new Set(actions.map((action) => action.group ?? ""))];
  const items = groups.flatMap((group): ButtonDropdownProps.ItemOrGroup[] => {
    const own = actions.filter((action) => (action.group ?? "") === group).map(item);
    return group ? [{ id: group, text: group, items: own }] : own;
  });
  return (
    <ButtonDropdown
      expandableGroups
      expandToViewport
      items={items}
      onItemClick={({ detail }) => actions.find((action) => action.id === detail.id)?.act(selected, refresh)}
    >
      {strings.list.actions}
    </ButtonDropdown>
  );
}
