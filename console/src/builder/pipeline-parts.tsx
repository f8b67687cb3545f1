/** What a pipeline is made of: its recipe, infrastructure and distribution, of those that the account has. */
import SpaceBetween from "@cloudscape-design/components/space-between";
import { all, listDistributions, listInfrastructures, listRecipes, tail } from "../aws/builder-lists";
import { distributionForm, infrastructureForm, pipelines as labels, pipelineForm as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { ConfigurationChoice } from "./configuration-choice";
import type { PipelineFields } from "./pipeline-fields";

const NEW = "";
const TYPES = ["t3.nano", "t3.micro", "t3.small", "t3.medium", "t3.large"];

interface Props {
  fields: PipelineFields;
  change: (changed: Partial<PipelineFields>) => void;
  /** Whether the infrastructure may be made with the pipeline. */
  makes: boolean;
}

export function PipelineParts({ fields, change, makes }: Props) {
  const { answer, problem } = useAnswer("recipes", () => all((token) => listRecipes([], token)));
  const own = (answer ?? []).flatMap(({ arn }) => arn ?? []);
  // What is chosen may be another account's.
  const recipes = fields.recipe && !own.includes(fields.recipe) ? [fields.recipe, ...own] : own;
  const making = makes && fields.infrastructure === NEW;
  return (
    <SpaceBetween size="m">
      <SelectField
        label={labels.recipe}
        value={fields.recipe}
        placeholder={words.pickRecipe}
        options={recipes.map((arn) => ({ value: arn, label: tail(arn) }))}
        hint={problem?.message ?? (answer?.length === 0 && words.noRecipes)}
        loading={!answer && !problem}
        onChange={(recipe) => change({ recipe })}
      />
      <ConfigurationChoice
        label={labels.infrastructure}
        hint={making && fields.name ? words.newInfrastructureHint(fields.name) : undefined}
        none={makes ? words.newInfrastructure : undefined}
        list={(token) => listInfrastructures([], token)}
        create={{ text: infrastructureForm.create, url: urls.createInfrastructure }}
        value={fields.infrastructure}
        onChange={(infrastructure) => change({ infrastructure })}
      />
      {making && (
        <SelectField
          label={words.instanceType}
          value={fields.type}
          options={TYPES.map((value) => ({ value, label: value }))}
          onChange={(type) => change({ type })}
        />
      )}
      <ConfigurationChoice
        label={labels.distribution}
        none={words.noDistribution}
        list={(token) => listDistributions([], token)}
        create={{ text: distributionForm.create, url: urls.createDistribution }}
        value={fields.distribution}
        onChange={(distribution) => change({ distribution })}
      />
    </SpaceBetween>
  );
}
