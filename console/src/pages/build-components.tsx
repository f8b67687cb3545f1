/** What became of a build's components: why each ran, each step, and the one that failed, in plain sight. */
import type { Image, WorkflowExecutionMetadata } from "@aws-sdk/client-imagebuilder";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { endedIn } from "../builder/build-stages";
import { builds as words } from "../strings";
import { Code } from "../ui/code";
import { plain } from "../ui/console-text";
import { Facts, Rows } from "../ui/details";

interface Step {
  Phase: string;
  Step: string;
  Status: string;
  Seconds: number;
  Message?: string;
  Lines?: string[];
}
/** The answer of GetBuildComponents. */
export interface BuildComponents {
  Components: { Name: string; Arn: string; Reused: boolean; Why?: string; Steps: Step[] }[];
}

const LAST = 20;

/** The steps of components, in order; a component's first row says why it ran. */
export function Components({ parts }: { parts: BuildComponents }) {
  return (
    <Rows
      caption={words.components}
      columns={[
        words.component,
        words.why,
        words.phase,
        words.step,
        words.status,
        words.seconds,
        words.message,
      ]}
      rows={parts.Components.flatMap((part) => {
        const steps = part.Steps.map((step) => [
          step.Phase,
          step.Step,
          step.Status,
          String(step.Seconds),
          step.Message,
        ]);
        if (part.Reused) steps.unshift(["build", undefined, words.reused, undefined, undefined]);
        if (!steps.length) steps.push([undefined, undefined, undefined, undefined, undefined]);
        return steps.map((step, at) => [part.Name, at === 0 ? part.Why : "", ...step]);
      })}
    />
  );
}

/** Why a build has no image; nothing while it may still get one. */
export function Failure({
  image,
  workflows,
  parts,
}: {
  image: Image;
  workflows: WorkflowExecutionMetadata[];
  parts: BuildComponents;
}) {
  if (image.state?.status !== "FAILED") return null;
  const failed = parts.Components.flatMap((part) => part.Steps.map((step) => ({ part, step }))).find(
    ({ step }) => step.Status === "Failed",
  );
  const stage = endedIn(workflows);
  const workflow = workflows.findLast((each) => each.status === "FAILED");
  const lines = (failed?.step.Lines ?? []).slice(-LAST);
  return (
    <Alert type="error" header={words.failed(failed ? failed.part.Name : (stage ?? words.image))}>
      <SpaceBetween size="s">
        <span>{plain(image.state.reason ?? workflow?.message ?? "")}</span>
        <Facts
          facts={{
            [words.stage]: stage,
            ...(failed && {
              [words.component]: failed.part.Name,
              [words.phase]: failed.step.Phase,
              [words.step]: failed.step.Step,
            }),
          }}
        />
        {lines.length > 0 && (
          <>
            <Box variant="awsui-key-label">{words.lastLines}</Box>
            <Code label={words.lastLines} text={plain(lines.join("\n"))} />
          </>
        )}
      </SpaceBetween>
    </Alert>
  );
}
