/** What can be done with builds, pipelines, recipes and components; as rules.ts, for Image Builder. */
import type { ImageSummary, LifecycleExecution, ResourceStatus } from "@aws-sdk/client-imagebuilder";
import type { Reason } from "../rules";
import type { Stage } from "./build-stages";

const UNDER_WAY = ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"];

/** model/image_build.py: states of a build that a flow is carrying. */
export const underWay = (status: string | undefined): boolean => UNDER_WAY.includes(status ?? "");

/** api/imagebuilder/builds.py: CancelImageCreation. */
export const cancelBuild = ({ state }: ImageSummary): Reason =>
  underWay(state?.status) ? null : "It is not under way.";
/** api/imagebuilder/builds.py: RetryImage; `stage`: in which it ended, where that is known. */
export const retryBuild = ({ state }: ImageSummary, stage?: Stage): Reason => {
  if (state?.status !== "FAILED" && state?.status !== "CANCELLED") {
    return "Only failed and cancelled builds are retried.";
  }
  return stage && !["TESTING", "DISTRIBUTING"].includes(stage)
    ? "It made no image: start a new build, the cache shortens it."
    : null;
};
/** api/imagebuilder/builds.py: DeleteImage. */
export const deleteBuild = ({ state }: ImageSummary): Reason =>
  underWay(state?.status) ? "It is under way: cancel it first." : null;

/** api/imagebuilder/pipelines.py: DeleteImagePipeline. */
export const deletePipeline = ({ lastRunStatus }: { lastRunStatus?: string }): Reason =>
  underWay(lastRunStatus) ? "A build of it is under way: cancel it first." : null;
/** api/imagebuilder/pipelines.py, lifecycle_policies.py: a disabled one. */
export const enable = ({ status }: { status?: string }): Reason =>
  status === "DISABLED" ? null : "It is enabled.";
/** api/imagebuilder/pipelines.py, lifecycle_policies.py: an enabled one. */
export const disable = ({ status }: { status?: string }): Reason =>
  status === "ENABLED" ? null : "It is disabled.";
/** builder/lifecycle/daily.py: OPEN; a run of a policy that has not ended. */
export const executionOpen = ({ state }: LifecycleExecution): boolean =>
  ["PENDING", "IN_PROGRESS", "CANCELLING"].includes(state?.status ?? "");
/** api/imagebuilder/lifecycle_executions.py: CancelLifecycleExecution. */
export const cancelExecution = (execution: LifecycleExecution): Reason => {
  if (execution.state?.status === "CANCELLING") return "It is being cancelled.";
  return executionOpen(execution) ? null : "It has ended.";
};
/** builder/lifecycle/choice.py: LIVE. */
const LIVE = ["AVAILABLE", "DEPRECATED", "DISABLED"];
/**
 * api/imagebuilder/lifecycle_executions.py: StartResourceStateUpdate; `execution`: its newest, where that is known.
 * The state that it has may be asked for, too: its AMIs may be in another.
 */
export const changeState = (
  wanted: ResourceStatus,
  { state }: ImageSummary,
  execution?: LifecycleExecution,
): Reason => {
  const status = state?.status ?? "";
  const deletes = wanted === "DELETED" && (status === "FAILED" || status === "CANCELLED");
  if (!LIVE.includes(status) && !deletes) {
    return underWay(status) ? "It is under way." : `It is ${status}: it has no image to change.`;
  }
  return execution && executionOpen(execution)
    ? "A change of its state is planned or under way: cancel it first."
    : null;
};
/** api/imagebuilder/resources.py: found(…, own=True). */
export const ownResource =
  (account: string) =>
  ({ owner }: { owner?: string }): Reason =>
    owner === account ? null : "Only its owner can do this.";
