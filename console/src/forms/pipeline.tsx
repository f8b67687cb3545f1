import {
  CreateImagePipelineCommand,
  CreateInfrastructureConfigurationCommand,
} from "@aws-sdk/client-imagebuilder";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { all, listDistributions, listInfrastructures, listRecipes, tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import {
  distributionForm,
  infrastructureForm,
  pipelines as labels,
  strings,
  pipelineForm as words,
} from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { type TagField, TagFields, tagMap } from "../ui/tag-fields";
import { TextField } from "../ui/text-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { ConfigurationChoice } from "./configuration-choice";
import { PROFILE } from "./infrastructure-rules";
import { nameReason } from "./resource-name";
import { expressionOf, MANUAL, ScheduleFields, scheduleReason } from "./schedule-fields";

const NEW = "";
const TYPES = ["t3.nano", "t3.micro", "t3.small", "t3.medium", "t3.large"];

export function CreatePipeline() {
  const go = useNavigate();
  const { say } = useNotices();
  const [search] = useSearchParams();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [recipe, setRecipe] = useState(search.get("recipe") ?? "");
  const [infrastructure, setInfrastructure] = useState(NEW);
  const [type, setType] = useState("t3.small");
  const [distribution, setDistribution] = useState("");
  const [tests, setTests] = useState(true);
  const [schedule, setSchedule] = useState(MANUAL);
  const [tags, setTags] = useState<TagField[]>([]);
  /** A configuration that was made for a pipeline which was then refused: the next try uses it. */
  const made = useRef({ name: "", type: "", arn: "" });

  const { answer, problem } = useAnswer("recipes", () => all((token) => listRecipes([], token)));

  async function newInfrastructure(): Promise<string> {
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
    const expression = expressionOf(schedule);
    await imagebuilder(
      new CreateImagePipelineCommand({
        name,
        description: description || undefined,
        imageRecipeArn: recipe,
        infrastructureConfigurationArn: infrastructure || (await newInfrastructure()),
        distributionConfigurationArn: distribution || undefined,
        imageTestsConfiguration: { imageTestsEnabled: tests },
        schedule: expression
          ? {
              scheduleExpression: expression,
              timezone: schedule.zone,
              pipelineExecutionStartCondition: schedule.onlyChanged
                ? "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
                : "EXPRESSION_MATCH_ONLY",
            }
          : undefined,
        tags: tagMap(tags),
      }),
    );
    say(words.made(name));
    go(urls.pipeline(name));
  }

  return (
    <FormPage
      title={labels.create}
      description={words.intro}
      verb={labels.create}
      reason={nameReason(name) ?? (recipe ? scheduleReason(schedule) : words.pickRecipe)}
      back={urls.pipelines}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <TextField
            label={words.name}
            errorText={name && nameReason(name)}
            value={name}
            onChange={setName}
          />
          <TextField label={words.description} value={description} onChange={setDescription} />
          <FormField label={labels.recipe}>
            <Select
              selectedOption={recipe ? { value: recipe, label: tail(recipe) } : null}
              options={(answer ?? []).map(({ arn }) => ({ value: arn ?? "", label: tail(arn) }))}
              placeholder={words.pickRecipe}
              filteringType="auto"
              statusType={answer ? "finished" : "loading"}
              loadingText={strings.loading}
              empty={words.noRecipes}
              onChange={({ detail }) => setRecipe(detail.selectedOption.value ?? "")}
            />
          </FormField>
          <ConfigurationChoice
            label={labels.infrastructure}
            hint={infrastructure === NEW && name ? words.newInfrastructureHint(name) : undefined}
            none={words.newInfrastructure}
            list={(token) => listInfrastructures([], token)}
            create={{ text: infrastructureForm.create, url: urls.createInfrastructure }}
            value={infrastructure}
            onChange={setInfrastructure}
          />
          {infrastructure === NEW && (
            <FormField label={words.instanceType}>
              <Select
                selectedOption={{ value: type, label: type }}
                options={TYPES.map((value) => ({ value, label: value }))}
                onChange={({ detail }) => setType(detail.selectedOption.value ?? "")}
              />
            </FormField>
          )}
          <ConfigurationChoice
            label={labels.distribution}
            none={words.noDistribution}
            list={(token) => listDistributions([], token)}
            create={{ text: distributionForm.create, url: urls.createDistribution }}
            value={distribution}
            onChange={setDistribution}
          />
          <Toggle checked={tests} onChange={({ detail }) => setTests(detail.checked)}>
            {words.tests}
          </Toggle>
        </SpaceBetween>
      </Container>
      <ScheduleFields choice={schedule} onChange={setSchedule} />
      <Container>
        <TagFields tags={tags} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
