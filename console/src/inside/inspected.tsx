/** Waits in front of a result: what is asked, how long it takes, why it failed. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useEffect, useState } from "react";
import type { Inspection } from "../aws/inspections";
import { inside as words } from "../strings";
import { Trouble } from "../ui/trouble";
import type { Asked } from "./use-inspection";

export function Inspected<Result>({
  waiting,
  asked,
  children,
}: {
  /** What is under way. */
  waiting: string;
  asked: Asked<Result>;
  children: (result: Result, inspection: Inspection) => ReactNode;
}) {
  const { inspection, result, problem, again } = asked;
  if (problem) {
    return (
      <SpaceBetween size="s">
        <Trouble problem={problem} />
        <Button onClick={again}>{words.tryAgain}</Button>
      </SpaceBetween>
    );
  }
  if (!result || !inspection) return <Waiting what={waiting} />;
  return (
    <SpaceBetween size="l">
      {children(result, inspection)}
      <Cost inspection={inspection} />
    </SpaceBetween>
  );
}

/** What is under way, and for how long. */
function Waiting({ what }: { what: string }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return <StatusIndicator type="in-progress">{words.waiting(what, seconds)}</StatusIndicator>;
}

function Cost({ inspection }: { inspection: Inspection }) {
  const mib = ((inspection.BytesRead ?? 0) / 2 ** 20).toFixed(0);
  return (
    <Box color="text-body-secondary" fontSize="body-s">
      {words.cost(mib, (inspection.Seconds ?? 0).toFixed(1))}
    </Box>
  );
}

/** What could not be read, if anything. */
export function Unread({ trouble }: { trouble: string[] }) {
  return (
    <SpaceBetween size="xxs">
      {trouble.map((sentence) => (
        <StatusIndicator key={sentence} type="warning">
          {sentence}
        </StatusIndicator>
      ))}
    </SpaceBetween>
  );
}
