/** That a change of an image's state is planned or under way: what it is, when it happens, and how to cancel it. */
import type { LifecycleExecution } from "@aws-sdk/client-imagebuilder";
import Alert from "@cloudscape-design/components/alert";
import { listPlan } from "../aws/lifecycle";
import { plans, stateUpdate as words } from "../strings";
import { withMoments } from "../ui/details";
import { useAnswer } from "../ui/use-answer";
import { CancelExecution } from "./cancel-execution";
import { actionOf } from "./plan";

const POLL = 2000;

interface Props {
  execution: LifecycleExecution;
  refresh: () => void;
}

export function OpenExecution({ execution, refresh }: Props) {
  const { lifecycleExecutionId: id = "", state } = execution;
  // The plan is there a moment after the execution.
  const { answer } = useAnswer(
    id,
    () => listPlan(id),
    POLL,
    ({ items }) => items.length > 0,
  );
  const resource = answer?.items[0]?.resource;
  return (
    <Alert
      type="info"
      header={resource ? words.plannedFor(actionOf(resource)) : words.planned}
      action={<CancelExecution execution={execution} body={plans.cancelBody} done={refresh} />}
    >
      {withMoments(state?.reason) ?? words.underWay}
    </Alert>
  );
}
