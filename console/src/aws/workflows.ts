/** Workflows, and what is in their documents. */
import { GetWorkflowCommand, type Workflow } from "@aws-sdk/client-imagebuilder";
import type { Checked } from "../builder/document-editor";
import type { Stage } from "../builder/workflow-rules";
import { amiable } from "./amiable";
import { listWorkflows } from "./builder-lists";
import { imagebuilder } from "./imagebuilder";

/** The answer of DescribeWorkflowDocument: steps, or what is wrong. */
interface Described extends Checked {
  Steps?: { Name: string; Action: string; Description?: string; OnFailure: string }[];
}

export async function getWorkflow(workflowBuildVersionArn: string): Promise<Workflow> {
  return (await imagebuilder(new GetWorkflowCommand({ workflowBuildVersionArn }))).workflow ?? {};
}

/** What runs in a stage unless a pipeline names another. */
export async function builtIn(stage: Stage): Promise<Workflow> {
  const { items } = await listWorkflows("Amazon", [{ Name: "type", Values: [stage] }]);
  return items[0]?.arn ? getWorkflow(items[0].arn) : {};
}

export const describeWorkflow = (text: string, type: Stage): Promise<Described> =>
  amiable("DescribeWorkflowDocument", { Data: text, Type: type });
