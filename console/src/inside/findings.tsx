/** Findings of a report: how bad, what, where, why it matters and what mends it. */
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type Check, type Finding, SEVERITIES } from "../aws/inspections";
import { LoadedTable } from "../list/loaded-table";
import { inside, hygiene as words } from "../strings";

const COLORS = {
  critical: "severity-critical",
  high: "severity-high",
  medium: "severity-medium",
  low: "severity-low",
  info: "severity-neutral",
} as const;

/** Where a finding is: never what it is. */
export const placeOf = ({ file, line, offset }: Finding): string =>
  file ? (line ? `${file}:${line}` : file) : offset === undefined ? "" : words.byte(offset);

export function Findings({
  title,
  findings,
  checks,
}: {
  title: string;
  findings: Finding[];
  checks: Check[];
}) {
  const checkOf = (finding: Finding) => checks.find((each) => each.id === finding.check);
  return (
    <>
      <Counts findings={findings} />
      <LoadedTable<Finding>
        variant="embedded"
        title={title}
        rows={findings}
        empty={words.none}
        columns={[
          {
            header: inside.columns.severity,
            text: (row) => words.severities[row.severity],
            cell: (row) => <Badge color={COLORS[row.severity]}>{words.severities[row.severity]}</Badge>,
            order: (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
            width: 110,
          },
          { header: inside.columns.what, text: (row) => `${row.title}: ${row.detail}`, width: 360 },
          { header: inside.columns.where, text: placeOf, width: 260 },
          {
            header: inside.columns.why,
            text: (row) => row.check,
            cell: (row) => <Why name={row.check} check={checkOf(row)} />,
            width: 420,
          },
        ]}
      />
    </>
  );
}

function Counts({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) return <StatusIndicator type="success">{words.none}</StatusIndicator>;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {SEVERITIES.map((severity) => {
        const count = findings.filter((each) => each.severity === severity).length;
        return (
          count > 0 && (
            <Badge key={severity} color={COLORS[severity]}>
              {`${count} ${words.severities[severity].toLowerCase()}`}
            </Badge>
          )
        );
      })}
    </SpaceBetween>
  );
}

function Why({ name, check }: { name: string; check: Check | undefined }) {
  if (!check) return name;
  return (
    <ExpandableSection headerText={name} variant="inline">
      <SpaceBetween size="xxs">
        <Box>{check.why}</Box>
        <Box>{`${words.remedy}: ${check.remedy}`}</Box>
        <Box color="text-body-secondary">{`${words.source}: ${check.source}`}</Box>
      </SpaceBetween>
    </ExpandableSection>
  );
}
