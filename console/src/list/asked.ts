/** What is done only after a question that says what will be lost, and names what it is done to. */
import { useNotices } from "../ui/notices";
import type { Action } from "./resource-page";

export function useAsked() {
  const { ask } = useNotices();
  return <T>(
    verb: string,
    body: string,
    name: (item: T) => string | undefined,
    run: (item: T) => Promise<unknown>,
  ): Action<T>["act"] =>
    (selected, refresh) =>
      ask({
        title: verb,
        verb,
        body: `${body} ${selected.map(name).join(", ")}`,
        act: () => Promise.all(selected.map(run)),
        done: refresh,
      });
}
