/** A pipeline as its form shows it, and back: what the form does not show stays as it was. */
import type { ImagePipeline, WorkflowConfiguration } from "@aws-sdk/client-imagebuilder";
import { type TagField, tagFields } from "../ui/tag-fields";
import { choiceOf, MANUAL, type ScheduleChoice, scheduleOf } from "./schedule-choice";

export interface PipelineFields {
  name: string;
  description: string;
  /** ARNs. */
  recipe: string;
  /** Empty: one is made with the pipeline. */
  infrastructure: string;
  distribution: string;
  /** Of the configuration that is made. */
  type: string;
  tests: boolean;
  schedule: ScheduleChoice;
  /** Of stages without any, the built-in one runs. */
  workflows: WorkflowConfiguration[];
  tags: TagField[];
}

export const NEW_PIPELINE: PipelineFields = {
  name: "",
  description: "",
  recipe: "",
  infrastructure: "",
  distribution: "",
  type: "t3.small",
  tests: true,
  schedule: MANUAL,
  workflows: [],
  tags: [],
};

export const fieldsOf = (pipeline: ImagePipeline): PipelineFields => ({
  ...NEW_PIPELINE,
  name: pipeline.name ?? "",
  description: pipeline.description ?? "",
  recipe: pipeline.imageRecipeArn ?? "",
  infrastructure: pipeline.infrastructureConfigurationArn ?? "",
  distribution: pipeline.distributionConfigurationArn ?? "",
  tests: pipeline.imageTestsConfiguration?.imageTestsEnabled ?? true,
  schedule: choiceOf(pipeline.schedule),
  workflows: pipeline.workflows ?? [],
  tags: tagFields(pipeline.tags),
});

/** What the fields say of a pipeline, new or `before`; its infrastructure is there by now. */
export const membersOf = (fields: PipelineFields, infrastructure: string, before?: ImagePipeline) => ({
  description: fields.description || undefined,
  imageRecipeArn: fields.recipe,
  infrastructureConfigurationArn: infrastructure,
  distributionConfigurationArn: fields.distribution || undefined,
  imageTestsConfiguration: { ...before?.imageTestsConfiguration, imageTestsEnabled: fields.tests },
  schedule: scheduleOf(fields.schedule, before?.schedule),
  workflows: fields.workflows.length ? fields.workflows : undefined,
});
