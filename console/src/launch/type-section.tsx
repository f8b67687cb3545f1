import { DescribeInstanceTypesCommand } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { ec2 } from "../aws/ec2";
import { launch as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { typeOptions } from "./options";
import type { Section } from "./sections";

export function TypeSection({ fields, change, template }: Section) {
  const { answer, problem } = useAnswer("types", () => ec2(new DescribeInstanceTypesCommand({})));
  const types = typeOptions(answer?.InstanceTypes);
  return (
    <Container header={<Header>{words.type}</Header>}>
      <Trouble problem={problem} />
      <SelectField
        label={words.type}
        value={fields.type}
        options={template ? [{ value: "", label: words.anyType }, ...types] : types}
        onChange={(type) => change({ type })}
      />
    </Container>
  );
}
