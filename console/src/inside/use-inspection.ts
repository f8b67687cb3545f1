/**
 * A question about the inside of an image, and its result. Asking begins an inspection, or finds the one that
 * is there: content never changes, so its result is valid for good.
 *
 *   ask ──► pending ──asked for each second while the tab is visible──► completed ──► result
 *    └────────┴──► problem ──ask again──► ask
 */
import { useCallback, useEffect, useState } from "react";
import { type Problem, problemOf } from "../aws/errors";
import { finished, type Inspection, reportOf } from "../aws/inspections";

export interface Asked<Result> {
  inspection: Inspection | null;
  result: Result | null;
  problem: Problem | null;
  again: () => void;
}

/** `key` says what `ask` asks; while it is empty, nothing is asked. */
export function useInspection<Result>(key: string, ask: () => Promise<Inspection>): Asked<Result> {
  const [found, setFound] = useState<{ inspection: Inspection; result: Result } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [times, setTimes] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what `ask` asks
  useEffect(() => {
    const left = new AbortController();
    const look = async () => {
      try {
        const inspection = await finished(await ask(), left.signal);
        const result = await reportOf<Result>(inspection.InspectionId);
        if (!left.signal.aborted) setFound({ inspection, result });
      } catch (error) {
        if (!left.signal.aborted) setProblem(problemOf(error));
      }
    };
    setFound(null);
    setProblem(null);
    if (key) void look();
    return () => left.abort();
  }, [key, times]);

  const again = useCallback(() => setTimes((n) => n + 1), []);
  return { inspection: found?.inspection ?? null, result: found?.result ?? null, problem, again };
}
