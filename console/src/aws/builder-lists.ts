/** The lists of Image Builder, page by page; at most 25 a page, and filters compare whole values. */
import type { Filter as Ec2Filter } from "@aws-sdk/client-ec2";
import {
  type ComponentVersion,
  type DistributionConfigurationSummary,
  type Filter,
  type ImagePipeline,
  type ImageRecipeSummary,
  type ImageSummary,
  type InfrastructureConfigurationSummary,
  ListComponentsCommand,
  ListDistributionConfigurationsCommand,
  ListImageBuildVersionsCommand,
  ListImagePipelinesCommand,
  ListImageRecipesCommand,
  ListInfrastructureConfigurationsCommand,
  ListWorkflowsCommand,
  type Ownership,
  type WorkflowVersion,
} from "@aws-sdk/client-imagebuilder";
import type { Page } from "../list/use-pages";
import { imagebuilder } from "./imagebuilder";

/** The filters of a list page as Image Builder takes them. */
export const filters = (given: Ec2Filter[]): Filter[] | undefined =>
  given.length ? given.map(({ Name, Values }) => ({ name: Name, values: Values })) : undefined;

export async function listPipelines(given: Ec2Filter[], nextToken?: string): Promise<Page<ImagePipeline>> {
  const answer = await imagebuilder(new ListImagePipelinesCommand({ filters: filters(given), nextToken }));
  return { items: answer.imagePipelineList ?? [], next: answer.nextToken };
}

export async function listBuilds(given: Ec2Filter[], nextToken?: string): Promise<Page<ImageSummary>> {
  const answer = await imagebuilder(
    new ListImageBuildVersionsCommand({ filters: filters(given), nextToken }),
  );
  return { items: answer.imageSummaryList ?? [], next: answer.nextToken };
}

export async function listRecipes(given: Ec2Filter[], nextToken?: string): Promise<Page<ImageRecipeSummary>> {
  const answer = await imagebuilder(new ListImageRecipesCommand({ filters: filters(given), nextToken }));
  return { items: answer.imageRecipeSummaryList ?? [], next: answer.nextToken };
}

export async function listComponents(
  owner: Ownership,
  given: Ec2Filter[],
  nextToken?: string,
): Promise<Page<ComponentVersion>> {
  const answer = await imagebuilder(new ListComponentsCommand({ owner, filters: filters(given), nextToken }));
  return { items: answer.componentVersionList ?? [], next: answer.nextToken };
}

export async function listWorkflows(
  owner: Ownership,
  given: Ec2Filter[],
  nextToken?: string,
): Promise<Page<WorkflowVersion>> {
  const answer = await imagebuilder(new ListWorkflowsCommand({ owner, filters: filters(given), nextToken }));
  return { items: answer.workflowVersionList ?? [], next: answer.nextToken };
}

export async function listInfrastructures(
  given: Ec2Filter[],
  nextToken?: string,
): Promise<Page<InfrastructureConfigurationSummary>> {
  const answer = await imagebuilder(
    new ListInfrastructureConfigurationsCommand({ filters: filters(given), nextToken }),
  );
  return { items: answer.infrastructureConfigurationSummaryList ?? [], next: answer.nextToken };
}

export async function listDistributions(
  given: Ec2Filter[],
  nextToken?: string,
): Promise<Page<DistributionConfigurationSummary>> {
  const answer = await imagebuilder(
    new ListDistributionConfigurationsCommand({ filters: filters(given), nextToken }),
  );
  return { items: answer.distributionConfigurationSummaryList ?? [], next: answer.nextToken };
}

const MOST_PAGES = 40;

/** What a form offers to choose from, or an action is for: all pages, up to a thousand. */
export async function all<T>(list: (token: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await list(token);
    items.push(...answer.items);
    token = answer.next;
    if (!token) break;
  }
  return items;
}

/** What an ARN ends in, behind its kind: `web`, `web/1.0.0`, `web/1.0.0/2`. */
export const tail = (arn: string | undefined): string => (arn ?? "").split("/").slice(1).join("/");

/** The AMIs of a build, each with its Region, in one text. */
export const amisOf = (build: ImageSummary): string =>
  (build.outputResources?.amis ?? []).map((each) => `${each.image} (${each.region})`).join(", ");

/** Tags of Image Builder, a mapping, as the rest of the console lists them. */
export const tagList = (tags: Record<string, string> | undefined): { Key: string; Value: string }[] =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
