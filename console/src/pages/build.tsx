/** One build: where it is on its line, what failed, its log, components and images. */
import {
  GetImageCommand,
  type Image,
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
import { tagList, tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { region, session } from "../aws/session";
import { endedIn, type Mark, stagesOf } from "../build-stages";
import { underWay } from "../builder-rules";
import { Actions } from "../list/resource-page";
import { columns as col, strings, builds as words } from "../strings";
import "../ui/code.css";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Link } from "../ui/link";
import { Page } from "../ui/page";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { useBuildActions } from "./build-actions";
import { type BuildComponents, Components, Failure } from "./build-components";
import { Log } from "./build-log";

const POLL = 2000;

interface Known {
  image: Image;
  workflows: WorkflowExecutionMetadata[];
  parts: BuildComponents;
}

async function look(arn: string): Promise<Known> {
  const asked = { imageBuildVersionArn: arn };
  const [answer, executions, parts] = await Promise.all([
    imagebuilder(new GetImageCommand(asked)),
    imagebuilder(new ListWorkflowExecutionsCommand(asked)),
    amiable<BuildComponents>("GetBuildComponents", { ImageBuildVersionArn: arn }),
  ]);
  return { image: answer.image ?? {}, workflows: executions.workflowExecutions ?? [], parts };
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
    ({ image }) => !underWay(image.state?.status),
  );
  const actions = useBuildActions(answer && endedIn(answer.workflows), () => go(urls.builds));

  return (
    <Page
      title={build}
      actions={
        <Actions
          actions={actions}
          selected={answer ? [answer.image] : []}
          refresh={() => setTurn(turn + 1)}
        />
      }
    >
      <SpaceBetween size="l">
        <Trouble problem={problem} />
        {answer ? <Whole key={turn} arn={arn} {...answer} /> : !problem && <Spinner size="large" />}
      </SpaceBetween>
    </Page>
  );
}

function Whole({ arn, image, workflows, parts }: Known & { arn: string }) {
  return (
    <SpaceBetween size="l">
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

function Outputs({ image }: { image: Image }) {
  const own = (ami: { region?: string; accountId?: string }) =>
    ami.region === region.current() && ami.accountId === session.current()?.account;
  return (
    <Rows
      caption={words.outputs}
      columns={[words.region, words.account, col.image, col.name, col.state]}
      rows={(image.outputResources?.amis ?? []).map((ami) => [
        ami.region,
        ami.accountId,
        own(ami) ? (
          <Link key="ami" to={urls.image(ami.image ?? "")}>
            {ami.image}
          </Link>
        ) : (
          ami.image
        ),
        ami.name,
        ami.state?.status && <State key="state" state={ami.state.status.toLowerCase()} />,
      ])}
    />
  );
}

function Details({ image }: { image: Image }) {
  const recipe = tail(image.imageRecipe?.arn);
  const pipeline = tail(image.sourcePipelineArn);
  return (
    <Facts
      facts={{
        [col.state]: <State state={image.state?.status?.toLowerCase()} />,
        [col.reason]: image.state?.reason,
        [col.created]: when(image.dateCreated),
        [words.buildType]: words.started[image.buildType ?? ""],
        [words.recipe]: recipe && <Link to={urls.recipesNamed(image.imageRecipe?.name ?? "")}>{recipe}</Link>,
        [words.base]: image.imageRecipe?.parentImage,
        [words.pipeline]: pipeline && <Link to={urls.pipelines}>{pipeline}</Link>,
        [words.infrastructure]: tail(image.infrastructureConfiguration?.arn),
        [words.distribution]: tail(image.distributionConfiguration?.arn),
        [words.os]: image.osVersion,
      }}
    />
  );
}
