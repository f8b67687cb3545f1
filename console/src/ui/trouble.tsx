import Alert from "@cloudscape-design/components/alert";
import type { Problem } from "../aws/errors";

/** A refusal, with AWS's code and what to do; nothing while there is none. */
export function Trouble({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <Alert type="error" header={problem.code}>
      {problem.message} {problem.hint}
    </Alert>
  );
}
