import { DescribeSubnetsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ec2 } from "../aws/ec2";
import { tagOf } from "../list/filters";
import { launch as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import type { LaunchFields } from "./fields";
import { GroupFields } from "./group-fields";
import { subnetOption } from "./options";
import type { Section } from "./sections";

async function places() {
  const [vpcs, subnets] = await Promise.all([
    ec2(new DescribeVpcsCommand({})),
    ec2(new DescribeSubnetsCommand({})),
  ]);
  return { vpcs: vpcs.Vpcs ?? [], subnets: subnets.Subnets ?? [] };
}

/** `fixed`: the group is made already, so its rules and its VPC do not change any more. */
export function NetworkSection({ fields, change, template, fixed }: Section & { fixed: boolean }) {
  const { answer, problem } = useAnswer("places", places);
  const subnet = answer?.subnets.find((each) => each.SubnetId === fields.subnet);
  const usual = answer?.vpcs.find((each) => each.IsDefault)?.VpcId ?? answer?.vpcs[0]?.VpcId ?? "";
  const vpc = subnet?.VpcId || fields.vpc || usual;
  const vpcs = (answer?.vpcs ?? []).map((each) => ({
    value: each.VpcId ?? "",
    label: [each.VpcId, tagOf(each.Tags, "Name"), each.IsDefault && `(${words.defaultVpc})`]
      .filter(Boolean)
      .join(" "),
    description: each.CidrBlock,
  }));
  const subnets = (answer?.subnets ?? []).filter((each) => each.VpcId === vpc).map(subnetOption);
  // Without a subnet a launch goes into the default VPC: in another VPC, one has to be named.
  const anySubnet = vpc === usual ? [{ value: "", label: words.anySubnet }] : [];
  return (
    <Container header={<Header>{words.network}</Header>}>
      <SpaceBetween size="m">
        <Trouble problem={problem} />
        <ColumnLayout columns={3}>
          <SelectField
            label={words.vpc}
            value={vpc}
            options={vpcs}
            disabled={fixed}
            onChange={(chosen) => {
              const first = answer?.subnets.find((each) => each.VpcId === chosen)?.SubnetId ?? "";
              change({ vpc: chosen, subnet: chosen === usual ? "" : first, groups: [] });
            }}
          />
          <SelectField
            label={words.subnet}
            value={fields.subnet}
            options={[...anySubnet, ...subnets]}
            onChange={(chosen) => change({ subnet: chosen })}
          />
          <SelectField
            label={words.publicAddress}
            value={fields.publicAddress}
            options={[
              { value: "", label: words.asSubnet },
              { value: "yes", label: words.enable },
              { value: "no", label: words.disable },
            ]}
            onChange={(chosen) => change({ publicAddress: chosen as LaunchFields["publicAddress"] })}
          />
        </ColumnLayout>
        <GroupFields fields={fields} change={change} template={template} vpc={vpc} fixed={fixed} />
      </SpaceBetween>
    </Container>
  );
}
