/** Which images a policy looks at: those of recipes, or those that have tags. */
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Multiselect, { type MultiselectProps } from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { all, listRecipes, tail } from "../aws/builder-lists";
import { strings, policyForm as words } from "../strings";
import { TagFields } from "../ui/tag-fields";
import { useAnswer } from "../ui/use-answer";
import type { PolicyFields } from "./fields";
import { selectionReason, tagReason } from "./policy-rules";
import type { Section } from "./section";

export function SelectionSection({ fields, change }: Section) {
  return (
    <Container header={<Header>{words.selection}</Header>}>
      <SpaceBetween size="m">
        <RadioGroup
          ariaLabel={words.selection}
          value={fields.by}
          onChange={({ detail }) => change({ by: detail.value as PolicyFields["by"] })}
          items={[
            { value: "recipes", label: words.byRecipes },
            { value: "tags", label: words.byTags },
          ]}
        />
        {fields.by === "recipes" ? (
          <Recipes fields={fields} change={change} />
        ) : (
          <SpaceBetween size="xs">
            <Box variant="awsui-key-label">{words.selectTags}</Box>
            <TagFields
              tags={fields.selectTags}
              onChange={(selectTags) => change({ selectTags })}
              problem={(tag) => tagReason(tag, fields.selectTags)}
            />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Recipes({ fields, change }: Section) {
  const { answer, problem } = useAnswer("recipes", () => all((token) => listRecipes([], token)));
  const versions = new Map<string, string[]>();
  for (const { name = "", arn } of answer ?? []) {
    versions.set(name, [...(versions.get(name) ?? []), tail(arn).split("/")[1] ?? ""]);
  }
  return (
    <FormField
      label={words.recipes}
      errorText={problem?.message ?? (fields.recipes.length > 0 && selectionReason(fields))}
    >
      <Multiselect
        selectedOptions={fields.recipes.map((value) => ({ value, label: value }))}
        options={[...versions].map(([name, numbers]) => optionsOf(name, numbers))}
        filteringType="auto"
        statusType={answer || problem ? "finished" : "loading"}
        loadingText={strings.loading}
        placeholder={words.pickRecipes}
        empty={words.noRecipes}
        onChange={({ detail }) => change({ recipes: detail.selectedOptions.map((each) => each.value ?? "") })}
      />
    </FormField>
  );
}

/** A recipe in all versions, in those of one major number, or in one. */
function optionsOf(name: string, versions: string[]): MultiselectProps.OptionGroup {
  const majors = [...new Set(versions.map((version) => version.split(".")[0] ?? ""))];
  const option = (version: string, description?: string) => ({
    value: `${name} ${version}`,
    label: `${name} ${version}`,
    description,
  });
  return {
    label: name,
    options: [
      option("x.x.x", words.allVersions),
      ...majors.map((major) => option(`${major}.x.x`, words.allOf(major))),
      ...versions.map((version) => option(version)),
    ],
  };
}
