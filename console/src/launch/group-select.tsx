import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { ec2 } from "../aws/ec2";
import { strings, launch as words } from "../strings";
import { useAnswer } from "../ui/use-answer";

/** Some of the security groups of a VPC; of none, as long as none is named. */
export function GroupSelect({
  vpc,
  groups,
  hint,
  onChange,
}: {
  vpc: string;
  groups: string[];
  hint?: string;
  onChange: (groups: string[]) => void;
}) {
  const { answer, problem } = useAnswer(`groups ${vpc}`, async () =>
    vpc
      ? ec2(new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }] }))
      : undefined,
  );
  const options = (answer?.SecurityGroups ?? []).map((each) => ({
    value: each.GroupId ?? "",
    label: each.GroupName,
    description: each.GroupId,
  }));
  return (
    <FormField label={words.groups} constraintText={hint} errorText={problem?.message}>
      <Multiselect
        selectedOptions={groups.map(
          (id) => options.find((each) => each.value === id) ?? { value: id, label: id },
        )}
        options={options}
        disabled={!vpc}
        empty={strings.list.empty}
        onChange={({ detail }) => onChange(detail.selectedOptions.map((each) => each.value ?? ""))}
      />
    </FormField>
  );
}
