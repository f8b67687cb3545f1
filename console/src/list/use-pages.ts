/**
 * The rows of a list, page by page as the API gives them: of ten thousand images one page is in memory for
 * each page that was opened. While something on the page shown changes by itself and the tab is visible, that
 * page is asked for again.
 */
import { startTransition, useCallback, useEffect, useRef, useState } from "react";
import { type Problem, problemOf } from "../aws/errors";

export interface Page<T> {
  items: T[];
  next: string | undefined;
}
export type Fetch<T> = (token: string | undefined) => Promise<Page<T>>;

export interface Pages<T> {
  items: T[];
  loading: boolean;
  problem: Problem | null;
  index: number;
  count: number;
  more: boolean;
  goTo: (index: number) => void;
  refresh: () => void;
}

const POLL = 2000;

/** `key` names what `fetch` asks for; when it changes, the list begins anew. */
export function usePages<T>(key: string, fetch: Fetch<T>, moving: (item: T) => boolean): Pages<T> {
  const [index, setIndex] = useState(1);
  const [tokens, setTokens] = useState<(string | undefined)[]>([undefined]);
  const [items, setItems] = useState<T[]>([]);
  const [loading, setLoading] = useState(true);
  const [problem, setProblem] = useState<Problem | null>(null);
  const latest = useRef({ fetch, moving, asked: 0 });
  latest.current.fetch = fetch;
  latest.current.moving = moving;

  const load = useCallback(async (at: number, known: (string | undefined)[], quiet: boolean) => {
    const asked = ++latest.current.asked;
    if (!quiet) setLoading(true);
    try {
      const page = await latest.current.fetch(known[at - 1]);
      if (asked !== latest.current.asked) return;
      // Rows are drawn in slices: the page answers clicks and keys meanwhile.
      startTransition(() => {
        setItems(page.items);
        setTokens([...known.slice(0, at), ...(page.next ? [page.next] : [])]);
        setIndex(at);
        setProblem(null);
        setLoading(false);
      });
    } catch (error) {
      if (asked !== latest.current.asked) return;
      setProblem(problemOf(error));
      setLoading(false);
    }
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key begins the list anew
  useEffect(() => {
    setItems([]);
    void load(1, [undefined], false);
  }, [key, load]);

  useEffect(() => {
    if (!items.some((item) => latest.current.moving(item))) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void load(index, tokens, true);
    }, POLL);
    return () => clearInterval(timer);
  }, [items, index, tokens, load]);

  return {
    items,
    loading,
    problem,
    index,
    count: tokens.length,
    more: tokens.length > index,
    goTo: (at) => void load(at, tokens, false),
    refresh: () => void load(index, tokens, false),
  };
}
