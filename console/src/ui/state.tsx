import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { strings } from "../strings";

const KINDS: Record<string, StatusIndicatorProps.Type> = {
  running: "success",
  available: "success",
  completed: "success",
  "in-use": "success",
  active: "success",
  enabled: "success",
  success: "success",
  planned: "pending",
  pending: "in-progress",
  creating: "in-progress",
  deleting: "in-progress",
  stopping: "in-progress",
  "shutting-down": "in-progress",
  attaching: "in-progress",
  detaching: "in-progress",
  building: "in-progress",
  testing: "in-progress",
  distributing: "in-progress",
  integrating: "in-progress",
  in_progress: "in-progress",
  cancelling: "in-progress",
  stopped: "stopped",
  terminated: "stopped",
  disabled: "stopped",
  cancelled: "stopped",
  skipped: "stopped",
  deprecated: "stopped",
  failed: "error",
  error: "error",
  invalid: "error",
};

/** A state as the EC2 console shows it: a sign and a word. */
export function State({ state, more }: { state: string | undefined; more?: string }) {
  const name = state ?? "unknown";
  const word = strings.states[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
  return <StatusIndicator type={KINDS[name] ?? "info"}>{more ? `${word} (${more})` : word}</StatusIndicator>;
}
