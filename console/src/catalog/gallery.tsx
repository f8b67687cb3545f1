/** Images as cards, one of which is chosen to launch. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Cards from "@cloudscape-design/components/cards";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router-dom";
import type { Problem } from "../aws/errors";
import type { Reason } from "../rules";
import { strings, catalog as words } from "../strings";
import { Trouble } from "../ui/trouble";
import { urls } from "../urls";

export interface Entry {
  /** Of the image; empty for one that there is none of yet. */
  id: string;
  name: string;
  description: ReactNode;
  facts: Record<string, ReactNode>;
  /** Why it cannot be launched. */
  against: Reason;
}

export function Gallery({
  title,
  facts,
  entries,
  loading,
  problem,
  text,
  onText,
  actions,
  pagination,
}: {
  title: string;
  /** The facts of each card, in this order. */
  facts: string[];
  entries: Entry[];
  loading: boolean;
  problem: Problem | null;
  text: string;
  onText: (text: string) => void;
  /** Further buttons, for what is chosen. */
  actions?: (chosen: Entry | undefined) => ReactNode;
  pagination?: ReactNode;
}) {
  const go = useNavigate();
  const [name, setName] = useState("");
  const chosen = entries.find((entry) => entry.name === name);
  const reason = chosen ? chosen.against : strings.list.chooseOne;
  return (
    <SpaceBetween size="m">
      <Trouble problem={problem} />
      <Cards
        items={entries}
        trackBy="name"
        loading={loading}
        loadingText={strings.loading}
        selectionType="single"
        selectedItems={chosen ? [chosen] : []}
        onSelectionChange={({ detail }) => setName(detail.selectedItems[0]?.name ?? "")}
        ariaLabels={{
          selectionGroupLabel: title,
          itemSelectionLabel: (_, entry) => `${words.choose} ${entry.name}`,
        }}
        cardDefinition={{
          header: (entry) => entry.name,
          sections: [
            { id: "description", content: (entry) => entry.description },
            ...facts.map((header) => ({
              id: header,
              header,
              content: (entry: Entry) => entry.facts[header] ?? strings.none,
              width: 50,
            })),
          ],
        }}
        cardsPerRow={[{ cards: 1 }, { minWidth: 700, cards: 2 }, { minWidth: 1100, cards: 3 }]}
        header={
          <Header
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {actions?.(chosen)}
                <Button
                  disabled={!chosen?.id}
                  disabledReason={chosen?.id ? undefined : strings.list.chooseOne}
                  onClick={() => go(urls.createTemplateWith(chosen?.id ?? ""))}
                >
                  {words.createTemplate}
                </Button>
                <Button
                  variant="primary"
                  disabled={reason !== null}
                  disabledReason={reason ?? undefined}
                  onClick={() => go(urls.launchFrom(chosen?.id ?? ""))}
                >
                  {words.launch}
                </Button>
              </SpaceBetween>
            }
          >
            {title}
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder={words.search}
            filteringAriaLabel={words.search}
            onChange={({ detail }) => onText(detail.filteringText)}
          />
        }
        pagination={pagination}
        empty={<Box textAlign="center">{words.none}</Box>}
      />
    </SpaceBetween>
  );
}
