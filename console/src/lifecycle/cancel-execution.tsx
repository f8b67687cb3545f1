import { CancelLifecycleExecutionCommand, type LifecycleExecution } from "@aws-sdk/client-imagebuilder";
import Button from "@cloudscape-design/components/button";
import { imagebuilder } from "../aws/imagebuilder";
import { cancelExecution } from "../builder/builder-rules";
import { plans as words } from "../strings";
import { useNotices } from "../ui/notices";

interface Props {
  execution: LifecycleExecution;
  /** What is lost by it. */
  body: string;
  done: () => void;
}

/** The button that ends what a policy or a state update plans or does. */
export function CancelExecution({ execution, body, done }: Props) {
  const { ask } = useNotices();
  const { lifecycleExecutionId } = execution;
  const reason = cancelExecution(execution);
  const cancel = () =>
    ask({
      title: words.cancel,
      verb: words.cancel,
      body,
      act: () => imagebuilder(new CancelLifecycleExecutionCommand({ lifecycleExecutionId })),
      done,
    });
  return (
    <Button disabled={reason !== null} disabledReason={reason ?? undefined} onClick={cancel}>
      {words.cancel}
    </Button>
  );
}
