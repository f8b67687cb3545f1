/** One build: where it is on its line, what failed, its log and components, what is done to it. */
import {
  GetImageCommand,
  type Image,
  type LifecycleExecution,
  ListWorkflowExecutionsCommand,
  type WorkflowExecutionMetadata,
} from "@aws-sdk/client-imagebuilder";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { amiable } from "../aws/amiable";
import { tagList } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { listExecutions } from "../aws/lifecycle";
import { region, session } from "../aws/session";
import { endedIn, type Mark, stagesOf } from "../builder/build-stages";
import { executionOpen, underWay } from "../builder/builder-rules";
import { Executions } from "../lifecycle/executions";
import { OpenExecution } from "../lifecycle/open-execution";
import { Actions } from "../list/resource-page";
import { plans, stateUpdate, strings, builds as words } from "../strings";
import "../ui/code.css";
import { Tags } from "../ui/details";
import { Page } from "../ui/page";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { useBuildActions } from "./build-actions";
import { type BuildComponents, Components, Failure } from "./build-components";
import { Details, Outputs } from "./build-details";
import { Log } from "./build-log";

const POLL = 2000;

interface Known {
  image: Image;
  workflows: WorkflowExecutionMetadata[];
  parts: BuildComponents;
  /** The newest change of its state. */
  execution: LifecycleExecution | undefined;
}

async function look(arn: string): Promise<Known> {
  const asked = { imageBuildVersionArn: arn };
  const [answer, executions, parts, updates] = await Promise.all([
    imagebuilder(new GetImageCommand(asked)),
    imagebuilder(new ListWorkflowExecutionsCommand(asked)),
    amiable<BuildComponents>("GetBuildComponents", { ImageBuildVersionArn: arn }),
    listExecutions(arn),
  ]);
  return {
    image: answer.image ?? {},
    workflows: executions.workflowExecutions ?? [],
    parts,
    execution: updates.items[0],
  };
}

export function Build() {
  const { name, version, number } = useParams();
  const build = `${name}/${version}/${number}`;
  const arn = `arn:aws:imagebuilder:${region.current()}:${session.current()?.account}:image/${build}`;
  const go = useNavigate();
  const [turn, setTurn] = useState(0);
  const { answer, problem } = useAnswer(
    `${arn} ${turn}`,
    () => look(arn),
    POLL,
    ({ image, execution }) => !underWay(image.state?.status) && !(execution && executionOpen(execution)),
  );
  const known = answer && { stage: endedIn(answer.workflows), execution: answer.execution };
  const actions = useBuildActions(known, () => go(urls.builds));
  const refresh = () => setTurn(turn + 1);

  return (
    <Page
      title={build}
      actions={<Actions actions={actions} selected={answer ? [answer.image] : []} refresh={refresh} />}
    >
      <SpaceBetween size="l">
        <Trouble problem={problem} />
        {answer ? (
          <Whole key={turn} arn={arn} refresh={refresh} {...answer} />
        ) : (
          !problem && <Spinner size="large" />
        )}
      </SpaceBetween>
    </Page>
  );
}

interface WholeProps extends Known {
  arn: string;
  refresh: () => void;
}

function Whole({ arn, image, workflows, parts, execution, refresh }: WholeProps) {
  return (
    <SpaceBetween size="l">
      {execution && executionOpen(execution) && <OpenExecution execution={execution} refresh={refresh} />}
      <Container header={<Header variant="h2">{words.stages}</Header>}>
        <Stages status={image.state?.status ?? ""} workflows={workflows} />
      </Container>
      <Failure image={image} workflows={workflows} parts={parts} />
      <Tabs
        tabs={[
          { id: "log", label: words.log, content: <Log arn={arn} /> },
          { id: "components", label: words.components, content: <Components parts={parts} /> },
          { id: "outputs", label: words.outputs, content: <Outputs image={image} /> },
          { id: "details", label: words.details, content: <Details image={image} /> },
          {
            id: "states",
            label: stateUpdate.tab,
            content: (
              <Executions
                of={arn}
                since={execution?.lifecycleExecutionId ?? ""}
                none={stateUpdate.none}
                cancelBody={plans.cancelBody}
              />
            ),
          },
          { id: "tags", label: strings.tags.title, content: <Tags tags={tagList(image.tags)} /> },
        ]}
      />
    </SpaceBetween>
  );
}

const SIGNS: Record<Mark, StatusIndicatorProps.Type> = {
  done: "success",
  now: "in-progress",
  "to come": "pending",
  failed: "error",
  cancelled: "stopped",
};

function Stages({ status, workflows }: { status: string; workflows: WorkflowExecutionMetadata[] }) {
  return (
    <ol className="stages" aria-label={words.stages} aria-live="polite">
      {stagesOf(status, workflows).map(([stage, mark]) => (
        <li key={stage} aria-current={mark === "now" ? "step" : undefined}>
          <StatusIndicator type={SIGNS[mark]} iconAriaLabel={mark}>
            {stage}
          </StatusIndicator>
        </li>
      ))}
    </ol>
  );
}
