/** A workflow that a pipeline names, with the values of its parameters. */
import type { WorkflowConfiguration } from "@aws-sdk/client-imagebuilder";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { getWorkflow } from "../aws/workflows";
import { pipelineWorkflows as words } from "../strings";
import { TextField } from "../ui/text-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { nameOf, textOf, withValue } from "./workflow-rules";

interface Props {
  chosen: WorkflowConfiguration;
  onChange: (chosen: WorkflowConfiguration) => void;
  drop: () => void;
}

export function ChosenWorkflow({ chosen, onChange, drop }: Props) {
  const { workflowArn = "" } = chosen;
  const { answer, problem } = useAnswer(workflowArn, () => getWorkflow(workflowArn));
  const name = nameOf(workflowArn);
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Box variant="strong">{name}</Box>
        <Button
          formAction="none"
          variant="icon"
          iconName="remove"
          ariaLabel={words.drop(name)}
          onClick={drop}
        />
      </SpaceBetween>
      <Trouble problem={problem} />
      {(answer?.parameters ?? []).map(({ name = "", type = "string", description, defaultValue }) => {
        const value = textOf(chosen, name);
        const change = (text: string) => onChange(withValue(chosen, name, type, text));
        const hint = defaultValue ? words.default(defaultValue.join(", ")) : words.needed;
        return type === "stringList" ? (
          <FormField
            key={name}
            label={name}
            description={description}
            constraintText={`${words.lines} ${hint}`}
          >
            <Textarea value={value} onChange={({ detail }) => change(detail.value)} />
          </FormField>
        ) : (
          <TextField
            key={name}
            label={name}
            description={description}
            constraintText={hint}
            value={value}
            onChange={change}
          />
        );
      })}
    </SpaceBetween>
  );
}
