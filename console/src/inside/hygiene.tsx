/** The hygiene report of an image: what it should not hold, why that matters, and what mends it. */
import Box from "@cloudscape-design/components/box";
import { inspectImage, type Report } from "../aws/inspections";
import { inside, hygiene as words } from "../strings";
import { Acceptance } from "./acceptance";
import { Findings } from "./findings";
import { Inspected, Unread } from "./inspected";
import { useInspection } from "./use-inspection";

export function Hygiene({ id }: { id: string }) {
  const asked = useInspection<Report>(id, () => inspectImage(id, true));
  return (
    <Inspected waiting={inside.looking(id)} asked={asked}>
      {(report, inspection) => (
        <>
          <Box color="text-body-secondary">{words.intro}</Box>
          <Acceptance inspection={inspection} />
          <Findings title={inside.hygiene} findings={report.findings} checks={report.checks} />
          <Unread trouble={report.trouble} />
        </>
      )}
    </Inspected>
  );
}
