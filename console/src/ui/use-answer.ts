import { useEffect, useState } from "react";
import { type Problem, problemOf } from "../aws/errors";

/**
 * What one call answers; asked again when `key` changes, and every `poll` milliseconds if that is given, until an
 * answer is the last.
 */
export function useAnswer<T>(
  key: string,
  ask: () => Promise<T>,
  poll = 0,
  last: (answer: T) => boolean = () => false,
) {
  const [answer, setAnswer] = useState<T | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what `ask` asks, and when it is over
  useEffect(() => {
    let there = true;
    const look = () => {
      if (document.visibilityState !== "visible") return;
      ask().then(
        (said) => {
          if (!there) return;
          setAnswer(() => said);
          setProblem(null);
          if (last(said)) clearInterval(timer);
        },
        (error) => there && setProblem(problemOf(error)),
      );
    };
    setAnswer(undefined);
    setProblem(null);
    look();
    const timer = poll ? setInterval(look, poll) : undefined;
    return () => {
      there = false;
      clearInterval(timer);
    };
  }, [key, poll]);
  return { answer, problem };
}
