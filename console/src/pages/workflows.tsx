/** What the stages of a build do: the workflows, their steps, and the pipelines that name them. */
import {
  DeleteWorkflowCommand,
  type ImagePipeline,
  ListWorkflowBuildVersionsCommand,
} from "@aws-sdk/client-imagebuilder";
import { all, listPipelines, listWorkflows } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { describeWorkflow, getWorkflow } from "../aws/workflows";
import { covers, STAGES, type Stage } from "../builder/workflow-rules";
import { columns as col, workflows as words } from "../strings";
import { Rows } from "../ui/details";
import { Link } from "../ui/link";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { Documents, type Version } from "./builder-documents";

async function remove(version: Version): Promise<void> {
  const builds = await all(async (nextToken) => {
    const answer = await imagebuilder(
      new ListWorkflowBuildVersionsCommand({ workflowVersionArn: version.arn, nextToken }),
    );
    return { items: answer.workflowSummaryList ?? [], next: answer.nextToken };
  });
  for (const { arn } of builds) {
    await imagebuilder(new DeleteWorkflowCommand({ workflowBuildVersionArn: arn }));
  }
}

export const Workflows = () => (
  <Documents
    title={words.title}
    verbs={words}
    types={[...STAGES]}
    list={listWorkflows}
    get={getWorkflow}
    remove={remove}
    create={urls.createWorkflow}
    createLike={urls.createWorkflowLike}
    tabs={(version, whole) => [
      {
        id: "steps",
        label: words.steps,
        content: <Steps text={whole.data ?? ""} type={version.type as Stage} />,
      },
      { id: "uses", label: words.uses, content: <Uses arn={version.arn ?? ""} /> },
    ]}
  />
);

function Steps({ text, type }: { text: string; type: Stage }) {
  const { answer, problem } = useAnswer(`${type} ${text}`, () => describeWorkflow(text, type));
  return (
    <>
      <Trouble problem={problem} />
      <Rows
        caption={words.steps}
        columns={[words.step, words.action, words.onFailure, col.description]}
        rows={(answer?.Steps ?? []).map((each) => [each.Name, each.Action, each.OnFailure, each.Description])}
      />
    </>
  );
}

function Uses({ arn }: { arn: string }) {
  const { answer, problem } = useAnswer(arn, () => all((token) => listPipelines([], token)));
  const names = (pipeline: ImagePipeline) =>
    (pipeline.workflows ?? []).some(({ workflowArn = "" }) => covers(workflowArn, arn));
  return (
    <>
      <Trouble problem={problem} />
      <Rows
        caption={words.uses}
        columns={[words.pipeline]}
        rows={(answer ?? []).filter(names).map(({ name = "" }) => [
          <Link key="pipeline" to={urls.pipeline(name)}>
            {name}
          </Link>,
        ])}
      />
    </>
  );
}
