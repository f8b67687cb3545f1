/**
 * The line that a build goes along, and where on it one is or ended.
 *
 *   PENDING ► CREATING ► BUILDING ► TESTING ► DISTRIBUTING ► AVAILABLE
 *
 * Tests and distribution are on it if the build has them.
 */
import type { WorkflowExecutionMetadata } from "@aws-sdk/client-imagebuilder";

const STAGES = ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE"] as const;
export type Stage = (typeof STAGES)[number];
export type Mark = "done" | "now" | "to come" | "failed" | "cancelled";

const OF_WORKFLOW: Record<string, Stage> = {
  BUILD: "BUILDING",
  TEST: "TESTING",
  DISTRIBUTION: "DISTRIBUTING",
};

/** Where a build ended that is not available: the first of its workflows that did not come to its end. */
export function endedIn(workflows: WorkflowExecutionMetadata[]): Stage | undefined {
  const types = Object.keys(OF_WORKFLOW);
  // Of a stage that was retried the last execution counts.
  const last = new Map(workflows.map((each) => [each.type ?? "", each]));
  const type = types.find((name) => {
    const status = last.get(name)?.status;
    return status !== undefined && status !== "COMPLETED" && status !== "SKIPPED";
  });
  return OF_WORKFLOW[type ?? ""];
}

/** The stages of a build in order, each with its mark. `status` is GetImage's. */
export function stagesOf(status: string, workflows: WorkflowExecutionMetadata[]): [Stage, Mark][] {
  const types = new Set<string>(workflows.map((each) => each.type ?? ""));
  const own = STAGES.filter((stage) => {
    const type = Object.keys(OF_WORKFLOW).find((name) => OF_WORKFLOW[name] === stage);
    return !type || type === "BUILD" || types.has(type);
  });
  const ended = status === "FAILED" || status === "CANCELLED";
  const here = ended ? endedIn(workflows) : STAGES.find((stage) => stage === status);
  // What comes after AVAILABLE (deprecated, disabled) has been there.
  const at = here ? own.indexOf(here) : ended ? 0 : own.length - 1;
  return own.map((stage, place): [Stage, Mark] => {
    if (place < at || (place === at && stage === "AVAILABLE")) return [stage, "done"];
    if (place > at) return [stage, "to come"];
    return [stage, status === "FAILED" ? "failed" : ended ? "cancelled" : "now"];
  });
}
