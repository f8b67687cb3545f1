/** The runs of a policy or the state updates of an image, newest first, and the plan of one of them. */
import type { LifecycleExecution } from "@aws-sdk/client-imagebuilder";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { listExecutions } from "../aws/lifecycle";
import { executionOpen } from "../builder/builder-rules";
import { PagedTable } from "../list/paged-table";
import { usePages } from "../list/use-pages";
import { strings, plans as words } from "../strings";
import { when, withMoments } from "../ui/details";
import { State } from "../ui/state";
import { Plan } from "./plan";

interface Props {
  /** The ARN of the policy or image. */
  of: string;
  /** Whatever changes with a new one of them. */
  since: string;
  none: string;
  /** What is lost by cancelling one. */
  cancelBody: string;
}

export function Executions({ of, since, none, cancelBody }: Props) {
  const pages = usePages(`${of} ${since}`, (token) => listExecutions(of, token), executionOpen);
  const [chosen, setChosen] = useState("");
  const id = (execution: LifecycleExecution) => execution.lifecycleExecutionId ?? "";
  const shown = pages.items.find((each) => id(each) === chosen) ?? pages.items[0];
  return (
    <SpaceBetween size="l">
      <PagedTable
        pages={pages}
        trackBy={id}
        selectionType="single"
        selectedItems={shown ? [shown] : []}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems.map(id)[0] ?? "")}
        ariaLabels={{
          tableLabel: words.title,
          selectionGroupLabel: words.title,
          itemSelectionLabel: (_, each) => `${strings.list.select} ${id(each)}`,
        }}
        columnDefinitions={[
          { id: "id", header: words.execution, cell: id, isRowHeader: true },
          {
            id: "state",
            header: words.state,
            cell: (each) => <State state={each.state?.status?.toLowerCase()} />,
          },
          { id: "began", header: words.began, cell: (each) => when(each.startTime) },
          { id: "ended", header: words.ended, cell: (each) => when(each.endTime) || strings.none },
          {
            id: "why",
            header: words.reason,
            cell: (each) => withMoments(each.state?.reason) ?? strings.none,
          },
        ]}
        empty={none}
      />
      {shown && (
        <Plan
          key={`${id(shown)} ${shown.state?.status} ${shown.resourcesImpactedSummary?.hasImpactedResources}`}
          execution={shown}
          cancelBody={cancelBody}
          refresh={pages.refresh}
        />
      )}
    </SpaceBetween>
  );
}
