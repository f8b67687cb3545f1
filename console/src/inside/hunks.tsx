import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Hunk } from "../aws/inspections";
import { compare as words } from "../strings";
import { linesOf } from "./differences";

/** Changed lines of configuration, as coloured unified diffs. */
export function Hunks({ hunks }: { hunks: Hunk[] }) {
  if (hunks.length === 0) return null;
  return (
    <Container header={<Header counter={`(${hunks.length})`}>{words.configuration}</Header>}>
      <SpaceBetween size="l">
        {hunks.map((hunk) => (
          <section key={hunk.path} aria-label={hunk.path}>
            <Box variant="h3">{hunk.path}</Box>
            <Lines hunk={hunk} />
          </section>
        ))}
      </SpaceBetween>
    </Container>
  );
}

function Lines({ hunk }: { hunk: Hunk }) {
  return (
    <pre className="hunk">
      {linesOf(hunk).map(({ kind, text }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, and never move
        <code key={at} className={`hunk-${kind}`}>
          {`${text}\n`}
        </code>
      ))}
    </pre>
  );
}
