/** What a difference says to a person: without noise, the largest files first, versions up or down. */
import type { Change, Difference, FileChange, Hunk } from "../aws/inspections";
import { compareVersions } from "./versions";

/** Without what machines change by themselves (inspection/noise.py). */
export function quiet(whole: Difference): Difference {
  const noisy = new Set(whole.files.filter((file) => file.noise).map((file) => file.path));
  return {
    ...whole,
    files: whole.files.filter((file) => !file.noise),
    hunks: whole.hunks.filter((hunk) => !noisy.has(hunk.path)),
  };
}

/** By how many bytes a file grew or shrank. */
export const growth = (file: FileChange): number => (file.after?.size ?? 0) - (file.before?.size ?? 0);

/** The largest change first; of those that keep their size, changed content before changed permissions. */
export function bySize(files: readonly FileChange[]): FileChange[] {
  const content = (file: FileChange) => (file.change === "content" ? (file.after?.size ?? 0) : 0);
  return [...files].sort(
    (a, b) =>
      Math.abs(growth(b)) - Math.abs(growth(a)) || content(b) - content(a) || (a.path < b.path ? -1 : 1),
  );
}

/** Owner, permissions and kind where they differ: `mode 0644 → 0600`. */
export function permissions({ before, after }: FileChange): string {
  if (!before || !after) return "";
  return (["kind", "mode", "uid", "gid"] as const)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name]} → ${after[name]}`)
    .join(", ");
}

export type PackageChange = "added" | "removed" | "upgraded" | "downgraded" | "changed";

/** Several versions of one package beside each other are only `changed`. */
export function packageChange({ change, before = "", after = "" }: Change): PackageChange {
  if (change !== "changed") return change;
  if (before.includes(", ") || after.includes(", ")) return "changed";
  const order = compareVersions(before, after);
  return order < 0 ? "upgraded" : order > 0 ? "downgraded" : "changed";
}

/** `deb:bash:amd64` in its parts. */
export function packageName(name: string): { type: string; name: string; architecture: string } {
  const [type = "", ...rest] = name.split(":");
  // Names of npm packages have colons nowhere; architectures come last.
  const architecture = rest.length > 1 ? (rest.pop() ?? "") : "";
  return { type, name: rest.join(":"), architecture };
}

export type LineKind = "file" | "place" | "added" | "removed" | "same";

/** The lines of a unified diff. */
export function linesOf(hunk: Hunk): { kind: LineKind; text: string }[] {
  let heading = true;
  return hunk.text.split("\n").map((text) => {
    if (text.startsWith("@@")) heading = false;
    const kind = heading
      ? "file"
      : text.startsWith("@@")
        ? "place"
        : text.startsWith("+")
          ? "added"
          : text.startsWith("-")
            ? "removed"
            : "same";
    return { kind, text };
  });
}

/** Whether nothing differs. */
export const alike = (found: Difference): boolean =>
  ![found.packages, found.users, found.groups, found.services, found.files].some((rows) => rows.length);

/** How often each comes, in the order of their first. */
export function tally(words: string[]): [word: string, count: number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}
