import type { FileChange } from "../aws/inspections";
import { LoadedTable } from "../list/loaded-table";
import { inside, compare as words } from "../strings";
import { bytes } from "../ui/bytes";
import { bySize, growth, permissions } from "./differences";

const names = inside.columns;
const size = (side: FileChange["before"]) => (side ? bytes(side.size) : "");

/** Changed files, the largest change first. `listed`: how many of them the API tells one by one. */
export function ChangedFiles({
  files,
  listed,
  counts,
}: {
  files: FileChange[];
  listed: number;
  counts: Record<string, number>;
}) {
  if (files.length === 0) return null;
  const all = ["added", "removed", "content", "metadata", "kind"].reduce(
    (sum, kind) => sum + (counts[kind] ?? 0),
    0,
  );
  return (
    <LoadedTable<FileChange>
      title={words.files}
      rows={bySize(files)}
      description={all > listed ? words.listed(listed, all) : undefined}
      columns={[
        { header: names.file, text: (row) => row.path, width: 420 },
        { header: names.change, text: (row) => words.changes[row.change] ?? row.change },
        {
          header: names.before,
          text: (row) => size(row.before),
          order: (a, b) => sizeOf(a.before) - sizeOf(b.before),
        },
        {
          header: names.after,
          text: (row) => size(row.after),
          order: (a, b) => sizeOf(a.after) - sizeOf(b.after),
        },
        {
          header: names.growth,
          text: (row) => (growth(row) ? `${growth(row) > 0 ? "+" : ""}${bytes(growth(row))}` : ""),
          order: (a, b) => growth(a) - growth(b),
        },
        { header: names.permissions, text: permissions },
      ]}
    />
  );
}

const sizeOf = (side: FileChange["before"]) => side?.size ?? 0;
