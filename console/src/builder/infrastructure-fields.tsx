/** What build and test instances are like. */
import { DescribeInstanceTypesCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import type { InfrastructureConfiguration } from "@aws-sdk/client-imagebuilder";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ec2 } from "../aws/ec2";
import { hopProblem } from "../launch/check";
import { GroupSelect } from "../launch/group-select";
import { KeySection } from "../launch/key-section";
import { subnetOption, typeOptions } from "../launch/options";
import { launch, strings, infrastructureForm as words } from "../strings";
import { tagProblem } from "../tag-rules";
import { SelectField } from "../ui/select-field";
import { TagFields } from "../ui/tag-fields";
import { TextField } from "../ui/text-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { type Infrastructure, profileNameProblem } from "./infrastructure-rules";

export function InfrastructureFields({
  fields,
  onChange,
}: {
  fields: Infrastructure;
  onChange: (fields: Infrastructure) => void;
}) {
  const { said, hopLimit, resourceTags } = fields;
  const change = (changed: Partial<InfrastructureConfiguration>) =>
    onChange({ ...fields, said: { ...said, ...changed } });
  const { answer, problem } = useAnswer("types and subnets", async () => {
    const [types, subnets] = await Promise.all([
      ec2(new DescribeInstanceTypesCommand({})),
      ec2(new DescribeSubnetsCommand({})),
    ]);
    return { types: typeOptions(types.InstanceTypes), subnets: subnets.Subnets ?? [] };
  });
  const vpcOf = (subnet: string | undefined) =>
    answer?.subnets.find((each) => each.SubnetId === subnet)?.VpcId ?? "";
  const vpc = vpcOf(said.subnetId);

  return (
    <SpaceBetween size="l">
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <FormField label={words.types} constraintText={words.typesHint}>
            <Multiselect
              selectedOptions={(said.instanceTypes ?? []).map((value) => ({ value, label: value }))}
              options={answer?.types ?? []}
              filteringType="auto"
              statusType={answer ? "finished" : "loading"}
              loadingText={strings.loading}
              onChange={({ detail }) =>
                change({ instanceTypes: detail.selectedOptions.map((each) => each.value ?? "") })
              }
            />
          </FormField>
          <TextField
            label={words.profile}
            errorText={profileNameProblem(said.instanceProfileName ?? "")}
            value={said.instanceProfileName ?? ""}
            onChange={(text) => change({ instanceProfileName: text.trim() })}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header>{words.network}</Header>}>
        <SpaceBetween size="m">
          <SelectField
            label={words.subnet}
            value={said.subnetId ?? ""}
            options={[
              { value: "", label: words.usual },
              ...(answer?.subnets ?? []).map((each) => {
                const option = subnetOption(each);
                return { ...option, description: `${each.VpcId} · ${option.description}` };
              }),
            ]}
            onChange={(subnetId) =>
              change({ subnetId, ...(vpcOf(subnetId) === vpc ? {} : { securityGroupIds: [] }) })
            }
          />
          <GroupSelect
            vpc={vpc}
            groups={said.securityGroupIds ?? []}
            hint={vpc ? undefined : words.groupsHint}
            onChange={(securityGroupIds) => change({ securityGroupIds })}
          />
        </SpaceBetween>
      </Container>
      <KeySection fields={{ key: said.keyPair ?? "" }} change={({ key }) => change({ keyPair: key })} />
      <Container header={<Header>{words.failure}</Header>}>
        <Checkbox
          checked={said.terminateInstanceOnFailure === false}
          description={words.keepHint}
          onChange={({ detail }) => change({ terminateInstanceOnFailure: !detail.checked })}
        >
          {words.keep}
        </Checkbox>
      </Container>
      <Container header={<Header>{words.metadata}</Header>}>
        <SpaceBetween size="m">
          <SelectField
            label={words.tokens}
            value={said.instanceMetadataOptions?.httpTokens ?? ""}
            options={[
              { value: "", label: words.tokensUsual },
              { value: "required", label: words.tokensRequired },
              { value: "optional", label: words.tokensOptional },
            ]}
            onChange={(httpTokens) =>
              change({ instanceMetadataOptions: { ...said.instanceMetadataOptions, httpTokens } })
            }
          />
          <TextField
            label={launch.hopLimit}
            constraintText={launch.hopLimitHint}
            errorText={hopProblem(hopLimit)}
            value={hopLimit}
            onChange={(text) => onChange({ ...fields, hopLimit: text.trim() })}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header description={words.resourceTagsHint}>{words.resourceTags}</Header>}>
        <TagFields
          tags={resourceTags}
          problem={(tag) => tagProblem(tag, resourceTags)}
          onChange={(changed) => onChange({ ...fields, resourceTags: changed })}
        />
      </Container>
    </SpaceBetween>
  );
}
