/** A difference as one shows it to a colleague: what it comes to, then part by part; noise on demand. */
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { Change, Difference as Found } from "../aws/inspections";
import { type LoadedColumn, LoadedTable } from "../list/loaded-table";
import { columns as col, inside, compare as words } from "../strings";
import { bytes } from "../ui/bytes";
import { Facts } from "../ui/details";
import { ChangedFiles } from "./changed-files";
import { alike, packageChange, packageName, quiet, tally } from "./differences";
import { Hunks } from "./hunks";
import { Unread } from "./inspected";

const names = inside.columns;
const changeOf = (change: string) => words.changes[change] ?? change;

export function Difference({ whole }: { whole: Found }) {
  const [everything, setEverything] = useState(false);
  const calm = quiet(whole);
  const found = everything ? whole : calm;
  const folded = whole.files.length - calm.files.length;
  return (
    <SpaceBetween size="l">
      <Summary found={found} />
      {folded > 0 && (
        <Checkbox checked={everything} onChange={({ detail }) => setEverything(detail.checked)}>
          {words.noise(folded)}
        </Checkbox>
      )}
      {alike(found) && whole.trouble.length === 0 && (
        <StatusIndicator type="success">{folded ? words.alikeButNoise : words.alike}</StatusIndicator>
      )}
      <Unread trouble={whole.trouble} />
      <ChangedPackages rows={found.packages} />
      <Named title={words.kernels} rows={found.kernels} />
      <Named title={words.users} rows={found.users} />
      <Named title={words.groups} rows={found.groups} />
      <Named title={words.services} rows={found.services} />
      <Hunks hunks={found.hunks} />
      <ChangedFiles files={found.files} listed={whole.counts.listed ?? 0} counts={whole.counts} />
    </SpaceBetween>
  );
}

/** How much there is of everything. */
function Summary({ found }: { found: Found }) {
  const [before = "", after = ""] = found.release;
  const { changed = 0, size = 0 } = found.blocks ?? {};
  const share = (changes: string[]) =>
    tally(changes)
      .map(([change, count]) => `${count} ${changeOf(change).toLowerCase()}`)
      .join(", ") || "0";
  return (
    <Container header={<Header>{words.summary}</Header>}>
      <Facts
        facts={{
          [words.system]: before === after ? after : `${before} → ${after}`,
          [words.packages]: share(found.packages.map(packageChange)),
          [words.users]: share(found.users.map((row) => row.change)),
          [words.services]: share(found.services.map((row) => row.change)),
          [words.files]: share(found.files.map((row) => row.change)),
          [words.blocks]: found.blocks && words.blocksText(changed, bytes(changed * size)),
        }}
      />
    </Container>
  );
}

const beforeAfter: LoadedColumn<Change>[] = [
  { header: names.before, text: (row) => row.before ?? "" },
  { header: names.after, text: (row) => row.after ?? "" },
];

function ChangedPackages({ rows }: { rows: Change[] }) {
  if (rows.length === 0) return null;
  return (
    <LoadedTable<Change>
      title={words.packages}
      rows={rows}
      columns={[
        { header: col.name, text: (row) => packageName(row.name).name },
        { header: names.change, text: (row) => changeOf(packageChange(row)) },
        ...beforeAfter,
        { header: col.type, text: (row) => packageName(row.name).type },
        { header: col.architecture, text: (row) => packageName(row.name).architecture },
      ]}
    />
  );
}

/** Users, groups, services, kernels: what came, went and changed. */
function Named({ title, rows }: { title: string; rows: Change[] }) {
  if (rows.length === 0) return null;
  const told = rows.some((row) => row.before || row.after);
  return (
    <LoadedTable<Change>
      title={title}
      rows={rows}
      columns={[
        { header: col.name, text: (row) => row.name },
        { header: names.change, text: (row) => changeOf(row.change) },
        ...(told ? beforeAfter : []),
      ]}
    />
  );
}
