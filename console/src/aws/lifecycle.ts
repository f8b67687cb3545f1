/** Lifecycle policies, what they plan and what they did, page by page. */
import type { Filter } from "@aws-sdk/client-ec2";
import {
  GetLifecyclePolicyCommand,
  type LifecycleExecution,
  type LifecycleExecutionResource,
  type LifecyclePolicy,
  type LifecyclePolicySummary,
  ListLifecycleExecutionResourcesCommand,
  ListLifecycleExecutionsCommand,
  ListLifecyclePoliciesCommand,
} from "@aws-sdk/client-imagebuilder";
import type { Page } from "../list/use-pages";
import { all, filters } from "./builder-lists";
import { imagebuilder } from "./imagebuilder";

export async function listPolicies(
  given: Filter[],
  nextToken?: string,
): Promise<Page<LifecyclePolicySummary>> {
  const answer = await imagebuilder(new ListLifecyclePoliciesCommand({ filters: filters(given), nextToken }));
  return { items: answer.lifecyclePolicySummaryList ?? [], next: answer.nextToken };
}

export async function getPolicy(arn: string): Promise<LifecyclePolicy> {
  const answer = await imagebuilder(new GetLifecyclePolicyCommand({ lifecyclePolicyArn: arn }));
  return answer.lifecyclePolicy ?? {};
}

/** The runs of a policy; the newest are first. */
export async function listExecutions(
  resourceArn: string,
  nextToken?: string,
): Promise<Page<LifecycleExecution>> {
  const answer = await imagebuilder(new ListLifecycleExecutionsCommand({ resourceArn, nextToken }));
  return { items: answer.lifecycleExecutions ?? [], next: answer.nextToken };
}

async function listResources(
  lifecycleExecutionId: string,
  nextToken?: string,
  parentResourceId?: string,
): Promise<Page<LifecycleExecutionResource>> {
  const answer = await imagebuilder(
    new ListLifecycleExecutionResourcesCommand({ lifecycleExecutionId, parentResourceId, nextToken }),
  );
  return { items: answer.resources ?? [], next: answer.nextToken };
}

/** An image that a run is about, or an AMI of that image. */
export interface Planned {
  image: string;
  resource: LifecycleExecutionResource;
}

/** A page of the images that a run is about, each with its AMIs behind it. */
export async function listPlan(execution: string, nextToken?: string): Promise<Page<Planned>> {
  const { items, next } = await listResources(execution, nextToken);
  const groups = await Promise.all(
    items.map(async (resource) => {
      const image = resource.resourceId ?? "";
      const amis = await all((token) => listResources(execution, token, image));
      return [resource, ...amis].map((each) => ({ image, resource: each }));
    }),
  );
  return { items: groups.flat(), next };
}
