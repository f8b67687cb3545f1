import {
  DeleteImagePipelineCommand,
  type ImagePipeline,
  ListImagePipelineImagesCommand,
  StartImagePipelineExecutionCommand,
  UpdateImagePipelineCommand,
} from "@aws-sdk/client-imagebuilder";
import Tabs from "@cloudscape-design/components/tabs";
import { useNavigate } from "react-router-dom";
import { listPipelines, tagList, tail } from "../aws/builder-lists";
import { pipelineAgain } from "../aws/builder-updates";
import { imagebuilder } from "../aws/imagebuilder";
import * as rules from "../builder/builder-rules";
import { inWords } from "../builder/schedule";
import { nameOf } from "../builder/workflow-rules";
import { useAsked } from "../list/asked";
import { one } from "../list/one";
import { ResourcePage } from "../list/resource-page";
import { columns as col, pipelineWorkflows, strings, pipelines as words } from "../strings";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Link } from "../ui/link";
import { useNotices } from "../ui/notices";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const schedule = ({ schedule: given }: ImagePipeline): string =>
  given?.scheduleExpression ? inWords(given.scheduleExpression, given.timezone) : words.manual;

const state = (name: string | undefined) => (name ? <State state={name.toLowerCase()} /> : strings.none);

export function Pipelines() {
  const go = useNavigate();
  const { say, fail } = useNotices();
  const asked = useAsked();

  async function run(pipeline: ImagePipeline | undefined) {
    try {
      const answer = await imagebuilder(
        new StartImagePipelineExecutionCommand({ imagePipelineArn: pipeline?.arn }),
      );
      go(urls.build(tail(answer.imageBuildVersionArn)));
    } catch (error) {
      fail(words.run, error);
    }
  }

  const setStatus = (pipeline: ImagePipeline = {}, status: "ENABLED" | "DISABLED") =>
    imagebuilder(new UpdateImagePipelineCommand({ ...pipelineAgain(pipeline), status }));

  return (
    <ResourcePage<ImagePipeline>
      title={words.title}
      exact
      fetch={listPipelines}
      id={(pipeline) => pipeline.name ?? ""}
      idFilter="name"
      moving={(pipeline) => rules.underWay(pipeline.lastRunStatus)}
      primary={{ text: words.create, act: () => go(urls.createPipeline) }}
      properties={[
        ["name", col.name],
        ["status", col.state, ["ENABLED", "DISABLED"]],
        ["description", col.description],
      ]}
      columns={[
        { id: "name", header: col.name, cell: (each) => each.name, isRowHeader: true, width: 220 },
        { id: "schedule", header: words.schedule, cell: schedule, width: 260 },
        { id: "status", header: col.state, cell: (each) => state(each.status), width: 120 },
        {
          id: "last",
          header: words.lastRun,
          cell: (each) => when(each.dateLastRun) || strings.none,
          width: 190,
        },
        { id: "ended", header: words.lastStatus, cell: (each) => state(each.lastRunStatus), width: 150 },
        {
          id: "next",
          header: words.nextRun,
          cell: (each) => when(each.dateNextRun) || strings.none,
          width: 190,
        },
      ]}
      actions={[
        { id: "run", text: words.run, reason: one(), act: ([pipeline]) => void run(pipeline) },
        {
          id: "edit",
          text: words.edit,
          reason: one(),
          act: ([pipeline]) => go(urls.editPipelineOf(pipeline?.arn ?? "")),
        },
        {
          id: "enable",
          text: words.enable,
          reason: one(rules.enable),
          act: ([pipeline], refresh) =>
            setStatus(pipeline, "ENABLED")
              .then(() => say(strings.confirm.done(words.enable)))
              .catch((error) => fail(words.enable, error))
              .finally(refresh),
        },
        {
          id: "disable",
          text: words.disable,
          reason: one(rules.disable),
          act: asked(
            words.disable,
            words.disableBody,
            (each) => each.name,
            (pipeline) => setStatus(pipeline, "DISABLED"),
          ),
        },
        {
          id: "delete",
          text: words.remove,
          reason: one(rules.deletePipeline),
          act: asked(
            words.remove,
            words.removeBody,
            (each) => each.name,
            (pipeline) => imagebuilder(new DeleteImagePipelineCommand({ imagePipelineArn: pipeline.arn })),
          ),
        },
      ]}
      details={(pipeline) => (
        <Tabs
          tabs={[
            { id: "runs", label: words.runs, content: <Runs pipeline={pipeline} /> },
            { id: "details", label: words.details, content: <Details pipeline={pipeline} /> },
            { id: "tags", label: strings.tags.title, content: <Tags tags={tagList(pipeline.tags)} /> },
          ]}
        />
      )}
    />
  );
}

function Runs({ pipeline }: { pipeline: ImagePipeline }) {
  const key = `${pipeline.arn} ${pipeline.dateLastRun} ${pipeline.lastRunStatus}`;
  const { answer, problem } = useAnswer(key, () =>
    imagebuilder(new ListImagePipelineImagesCommand({ imagePipelineArn: pipeline.arn })),
  );
  return (
    <>
      <Trouble problem={problem} />
      <Rows
        caption={words.runs}
        columns={[col.image, col.state, col.created, col.reason]}
        rows={(answer?.imageSummaryList ?? []).map((build) => [
          <Link key="build" to={urls.build(tail(build.arn))}>
            {tail(build.arn)}
          </Link>,
          state(build.state?.status),
          when(build.dateCreated),
          build.state?.reason,
        ])}
      />
    </>
  );
}

function Details({ pipeline }: { pipeline: ImagePipeline }) {
  return (
    <Facts
      facts={{
        [col.name]: pipeline.name,
        [col.state]: state(pipeline.status),
        [col.description]: pipeline.description,
        [words.schedule]: schedule(pipeline),
        [words.nextRun]: when(pipeline.dateNextRun),
        [words.failures]: pipeline.consecutiveFailures,
        [words.recipe]: (
          <Link to={urls.recipesNamed(tail(pipeline.imageRecipeArn).split("/")[0] ?? "")}>
            {tail(pipeline.imageRecipeArn)}
          </Link>
        ),
        [words.infrastructure]: tail(pipeline.infrastructureConfigurationArn),
        [words.distribution]: tail(pipeline.distributionConfigurationArn),
        [pipelineWorkflows.title]: (pipeline.workflows ?? [])
          .map(({ workflowArn = "" }) => nameOf(workflowArn))
          .join(", "),
        [col.created]: when(pipeline.dateCreated),
      }}
    />
  );
}
