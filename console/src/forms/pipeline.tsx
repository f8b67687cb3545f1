import {
  CreateImagePipelineCommand,
  CreateInfrastructureConfigurationCommand,
  GetImagePipelineCommand,
  UpdateImagePipelineCommand,
} from "@aws-sdk/client-imagebuilder";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Toggle from "@cloudscape-design/components/toggle";
import { useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { pipelineAgain } from "../aws/builder-updates";
import { imagebuilder } from "../aws/imagebuilder";
import { retag } from "../aws/retag";
import { PROFILE } from "../builder/infrastructure-rules";
import { NameFields } from "../builder/name-fields";
import { fieldsOf, membersOf, NEW_PIPELINE, type PipelineFields } from "../builder/pipeline-fields";
import { PipelineParts } from "../builder/pipeline-parts";
import { PipelineWorkflows } from "../builder/pipeline-workflows";
import { scheduleReason } from "../builder/schedule-choice";
import { ScheduleFields } from "../builder/schedule-fields";
import { forms, pipelines as labels, strings, pipelineForm as words } from "../strings";
import { tagProblem, tagsProblem } from "../tag-rules";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { TagFields, tagMap } from "../ui/tag-fields";
import { useAnswer } from "../ui/use-answer";
import { WaitingPage } from "../ui/waiting-page";
import { urls } from "../urls";
import { descriptionReason, nameReason } from "./resource-name";

/** A new pipeline, or with ?arn=… the change of one. */
export function PipelineForm() {
  const go = useNavigate();
  const { say } = useNotices();
  const [search] = useSearchParams();
  const arn = search.get("arn");
  const { answer: pipeline, problem } = useAnswer(arn ?? "", async () =>
    arn
      ? (await imagebuilder(new GetImagePipelineCommand({ imagePipelineArn: arn }))).imagePipeline
      : undefined,
  );
  const [edited, setEdited] = useState<PipelineFields | null>(null);
  const before = pipeline ? fieldsOf(pipeline) : { ...NEW_PIPELINE, recipe: search.get("recipe") ?? "" };
  const fields = edited ?? before;
  const change = (changed: Partial<PipelineFields>) => setEdited({ ...fields, ...changed });
  /** A configuration that was made for a pipeline which was then refused: the next try uses it. */
  const made = useRef({ name: "", type: "", arn: "" });

  async function newInfrastructure(): Promise<string> {
    const { name, type } = fields;
    if (made.current.name !== name || made.current.type !== type) {
      const answer = await imagebuilder(
        new CreateInfrastructureConfigurationCommand({
          name,
          instanceTypes: [type],
          instanceProfileName: PROFILE,
        }),
      );
      made.current = { name, type, arn: answer.infrastructureConfigurationArn ?? "" };
    }
    return made.current.arn;
  }

  async function submit() {
    const members = membersOf(fields, fields.infrastructure || (await newInfrastructure()), pipeline);
    if (pipeline) {
      await imagebuilder(new UpdateImagePipelineCommand({ ...pipelineAgain(pipeline), ...members }));
      await retag(pipeline.arn ?? "", pipeline.tags, tagMap(fields.tags));
      say(words.saved(fields.name));
    } else {
      await imagebuilder(
        new CreateImagePipelineCommand({ name: fields.name, ...members, tags: tagMap(fields.tags) }),
      );
      say(words.made(fields.name));
    }
    go(urls.pipeline(fields.name));
  }

  if (arn && !pipeline) return <WaitingPage title={labels.edit} problem={problem} />;
  return (
    <FormPage
      title={arn ? labels.edit : labels.create}
      description={words.intro}
      verb={arn ? forms.save : labels.create}
      reason={
        nameReason(fields.name) ??
        descriptionReason(fields.description) ??
        (fields.recipe ? scheduleReason(fields.schedule) : words.pickRecipe) ??
        tagsProblem(fields.tags)
      }
      back={pipeline ? urls.pipeline(fields.name) : urls.pipelines}
      submit={submit}
    >
      <NameFields
        label={words.name}
        name={fields.name}
        onName={arn ? null : (name) => change({ name })}
        description={fields.description}
        onDescription={(description) => change({ description })}
      >
        <PipelineParts fields={fields} change={change} makes={!arn} />
        <Toggle checked={fields.tests} onChange={({ detail }) => change({ tests: detail.checked })}>
          {words.tests}
        </Toggle>
      </NameFields>
      <ScheduleFields choice={fields.schedule} onChange={(schedule) => change({ schedule })} />
      <PipelineWorkflows chosen={fields.workflows} onChange={(workflows) => change({ workflows })} />
      <Container header={<Header>{strings.tags.title}</Header>}>
        <TagFields
          tags={fields.tags}
          problem={(tag) => tagProblem(tag, fields.tags)}
          onChange={(tags) => change({ tags })}
        />
      </Container>
    </FormPage>
  );
}
