/** What the stages of a pipeline's builds do: the built-in workflows, or others, with their parameters. */
import type { WorkflowConfiguration, WorkflowVersion } from "@aws-sdk/client-imagebuilder";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { all, listWorkflows } from "../aws/builder-lists";
import { pipelineWorkflows as words, workflowForm } from "../strings";
import { SelectField } from "../ui/select-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { ChosenWorkflow } from "./chosen-workflow";
import { covers, nameOf, STAGES, type Stage, stageOf } from "./workflow-rules";

interface Props {
  chosen: WorkflowConfiguration[];
  onChange: (chosen: WorkflowConfiguration[]) => void;
}

async function listAll(): Promise<WorkflowVersion[]> {
  const owners = ["Self", "Amazon", "Shared"] as const;
  const lists = await Promise.all(owners.map((owner) => all((token) => listWorkflows(owner, [], token))));
  return lists.flat();
}

export function PipelineWorkflows({ chosen, onChange }: Props) {
  const { answer, problem } = useAnswer("workflows", listAll);
  const replace = (before: WorkflowConfiguration, after?: WorkflowConfiguration) =>
    onChange(chosen.flatMap((each) => (each === before ? (after ?? []) : each)));
  const offered = (stage: Stage) =>
    (answer ?? []).flatMap(({ arn = "", type, description = "" }) =>
      type === stage && !chosen.some(({ workflowArn = "" }) => covers(workflowArn, arn))
        ? { value: arn, label: nameOf(arn), description }
        : [],
    );
  return (
    <ExpandableSection variant="container" headerText={words.title} headerDescription={words.hint}>
      <SpaceBetween size="l">
        <Trouble problem={problem} />
        {STAGES.map((stage) => {
          const own = chosen.filter(({ workflowArn = "" }) => stageOf(workflowArn) === stage);
          return (
            <SpaceBetween key={stage} size="xs">
              <Box variant="h3">{workflowForm.stages[stage]}</Box>
              {own.length === 0 && <Box color="text-body-secondary">{words.builtIn}</Box>}
              {own.map((each) => (
                <ChosenWorkflow
                  key={each.workflowArn}
                  chosen={each}
                  onChange={(after) => replace(each, after)}
                  drop={() => replace(each)}
                />
              ))}
              <SelectField
                label={words.add[stage]}
                value=""
                placeholder={words.pick}
                options={offered(stage)}
                loading={!answer && !problem}
                onChange={(workflowArn) => onChange([...chosen, { workflowArn }])}
              />
            </SpaceBetween>
          );
        })}
      </SpaceBetween>
    </ExpandableSection>
  );
}
