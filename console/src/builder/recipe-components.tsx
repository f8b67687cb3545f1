/** The components of a recipe, in the order in which they run, each with its parameters. */
import { type ComponentVersion, GetComponentCommand } from "@aws-sdk/client-imagebuilder";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { all, listComponents, tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { strings, recipeForm as words } from "../strings";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

export interface ChosenComponent {
  /** The ARN of a version, or of x.x.x. */
  arn: string;
  values: Record<string, string>;
}

const NEWEST = /\/[^/]+$/;
const isNewest = (arn: string) => arn.endsWith("/x.x.x");
const nameOf = (arn: string) => tail(arn).split("/")[0] ?? "";

export function RecipeComponents({
  chosen,
  onChange,
}: {
  chosen: ChosenComponent[];
  onChange: (chosen: ChosenComponent[]) => void;
}) {
  const { answer, problem } = useAnswer("components", async () => {
    const [mine, shipped] = await Promise.all([
      all((token) => listComponents("Self", [], token)),
      all((token) => listComponents("Amazon", [], token)),
    ]);
    return { mine, shipped };
  });
  const options = (rows: ComponentVersion[] | undefined) =>
    (rows ?? []).map((each) => ({
      value: each.arn ?? "",
      label: `${each.name} ${each.version}`,
      description: each.description,
      // A recipe names each component once.
      disabled: chosen.some((other) => nameOf(other.arn) === nameOf(each.arn ?? "")),
    }));
  const move = (from: number, to: number) => {
    const rest = chosen.filter((_, at) => at !== from);
    const moved = chosen[from];
    if (moved) onChange([...rest.slice(0, to), moved, ...rest.slice(to)]);
  };
  return (
    <Container header={<Header description={words.componentsHint}>{words.components}</Header>}>
      <SpaceBetween size="m">
        <Trouble problem={problem} />
        {chosen.length === 0 && <Box color="text-body-secondary">{words.none}</Box>}
        {chosen.map((component, at) => (
          <Chosen
            key={nameOf(component.arn)}
            component={component}
            version={
              [...(answer?.mine ?? []), ...(answer?.shipped ?? [])].find(
                (each) => nameOf(each.arn ?? "") === nameOf(component.arn),
              )?.arn
            }
            place={at}
            count={chosen.length}
            move={(to) => move(at, to)}
            drop={() => onChange(chosen.filter((_, other) => other !== at))}
            onChange={(changed) => onChange(chosen.map((each, other) => (other === at ? changed : each)))}
          />
        ))}
        <FormField label={words.addComponent}>
          <Select
            selectedOption={null}
            placeholder={words.pickComponent}
            options={[
              { label: words.mine, options: options(answer?.mine) },
              { label: words.shipped, options: options(answer?.shipped) },
            ]}
            filteringType="auto"
            statusType={answer ? "finished" : "loading"}
            loadingText={strings.loading}
            onChange={({ detail }) =>
              onChange([...chosen, { arn: detail.selectedOption.value ?? "", values: {} }])
            }
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function Chosen({
  component,
  version,
  place,
  count,
  move,
  drop,
  onChange,
}: {
  component: ChosenComponent;
  /** The ARN of a version that is there, for when it is not to be the newest any more. */
  version: string | undefined;
  place: number;
  count: number;
  move: (to: number) => void;
  drop: () => void;
  onChange: (component: ChosenComponent) => void;
}) {
  const { answer, problem } = useAnswer(component.arn, () =>
    imagebuilder(new GetComponentCommand({ componentBuildVersionArn: component.arn })),
  );
  const name = nameOf(component.arn);
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Box variant="strong">
          {place + 1}. {tail(component.arn)}
        </Box>
        <Button
          formAction="none"
          variant="icon"
          iconName="angle-up"
          ariaLabel={words.up(name)}
          disabled={place === 0}
          disabledReason={words.first}
          onClick={() => move(place - 1)}
        />
        <Button
          formAction="none"
          variant="icon"
          iconName="angle-down"
          ariaLabel={words.down(name)}
          disabled={place === count - 1}
          disabledReason={words.last}
          onClick={() => move(place + 1)}
        />
        <Button
          formAction="none"
          variant="icon"
          iconName="remove"
          ariaLabel={words.drop(name)}
          onClick={drop}
        />
        <Checkbox
          checked={isNewest(component.arn)}
          onChange={({ detail }) =>
            onChange({
              ...component,
              arn: detail.checked ? component.arn.replace(NEWEST, "/x.x.x") : (version ?? component.arn),
            })
          }
        >
          {words.newest}
        </Checkbox>
      </SpaceBetween>
      <Trouble problem={problem} />
      {(answer?.component?.parameters ?? []).map((parameter) => (
        <FormField key={parameter.name} label={parameter.name} description={parameter.description}>
          <Input
            value={component.values[parameter.name ?? ""] ?? ""}
            placeholder={parameter.defaultValue?.join(", ")}
            onChange={({ detail }) =>
              onChange({
                ...component,
                values: { ...component.values, [parameter.name ?? ""]: detail.value },
              })
            }
          />
        </FormField>
      ))}
    </SpaceBetween>
  );
}
