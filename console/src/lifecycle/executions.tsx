/** The runs of a policy, newest first, and the plan of one of them. */
import type { LifecycleExecution, LifecyclePolicySummary } from "@aws-sdk/client-imagebuilder";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { listExecutions } from "../aws/lifecycle";
import { executionOpen } from "../builder-rules";
import { PagedTable } from "../list/paged-table";
import { usePages } from "../list/use-pages";
import { strings, plans as words } from "../strings";
import { when } from "../ui/details";
import { State } from "../ui/state";
import { Plan } from "./plan";

/** builder/lifecycle/daily.py: NOTICE; a policy shows its plan for so long before it acts. */
const NOTICE = 60 * 60 * 1000;

function acts({ state, startTime }: LifecycleExecution): string {
  if (state?.status !== "PENDING" || !startTime) return "";
  return when(new Date(startTime.getTime() + NOTICE));
}

export function Executions({ policy }: { policy: LifecyclePolicySummary }) {
  const pages = usePages(
    `${policy.arn} ${policy.status} ${policy.dateLastRun}`,
    (token) => listExecutions(policy.arn ?? "", token),
    executionOpen,
  );
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
          { id: "acts", header: words.acts, cell: (each) => acts(each) || strings.none },
          { id: "ended", header: words.ended, cell: (each) => when(each.endTime) || strings.none },
          { id: "why", header: words.reason, cell: (each) => each.state?.reason ?? strings.none },
        ]}
        empty={words.none}
      />
      {shown && (
        <Plan
          key={`${id(shown)} ${shown.state?.status} ${shown.resourcesImpactedSummary?.hasImpactedResources}`}
          execution={shown}
          refresh={pages.refresh}
        />
      )}
    </SpaceBetween>
  );
}
