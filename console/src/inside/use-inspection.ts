/**
 * A question about the inside of an image, and its result. Asking begins an inspection, or finds the one that
 * is there: content never changes, so its result is valid for good.
 *
 *   ask ──► pending ──asked for each second while the tab is visible──► completed ──► result
 *    └────────┴──► problem ──ask again──► ask
 */
import { useCallback, useEffect, useState } from "react";
import { type Problem, problemOf } from "../aws/errors";
import { describeInspection, type Inspection, reportOf } from "../aws/inspections";
import { inside } from "../strings";

export interface Asked<Result> {
  inspection: Inspection | null;
  result: Result | null;
  problem: Problem | null;
  again: () => void;
}

const POLL = 1000;

/** `key` says what `ask` asks; while it is empty, nothing is asked. */
export function useInspection<Result>(key: string, ask: () => Promise<Inspection>): Asked<Result> {
  const [inspection, setInspection] = useState<Inspection | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [times, setTimes] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what `ask` asks
  useEffect(() => {
    let there = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = async (answer: Promise<Inspection>) => {
      try {
        const now = await answer;
        if (!there) return;
        setInspection(now);
        if (now.State === "pending") later(now.InspectionId);
        else if (now.State === "failed")
          setProblem({ code: inside.failed, message: now.StateMessage ?? "", hint: "" });
        else {
          const found = await reportOf<Result>(now.InspectionId);
          if (there) setResult(found);
        }
      } catch (error) {
        if (there) setProblem(problemOf(error));
      }
    };
    const later = (id: string) => {
      timer = setTimeout(() => {
        if (document.visibilityState === "visible") void take(describeInspection(id));
        else later(id);
      }, POLL);
    };
    setInspection(null);
    setResult(null);
    setProblem(null);
    if (key) void take(ask());
    return () => {
      there = false;
      clearTimeout(timer);
    };
  }, [key, times]);

  return { inspection, result, problem, again: useCallback(() => setTimes((n) => n + 1), []) };
}
