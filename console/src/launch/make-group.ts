import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import { ec2 } from "../aws/ec2";
import { launch as words } from "../strings";
import type { LaunchFields } from "./fields";
import { ingressOf } from "./request";

/** The VPC that a launch goes into; undefined for the default one. */
async function vpcOf({ subnet, vpc }: LaunchFields): Promise<string | undefined> {
  if (!subnet) return vpc || undefined;
  const answer = await ec2(new DescribeSubnetsCommand({ SubnetIds: [subnet] }));
  return answer.Subnets?.[0]?.VpcId;
}

/** Makes the group that the boxes describe; its id. */
export async function makeGroup(fields: LaunchFields): Promise<string> {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  const made = await ec2(
    new CreateSecurityGroupCommand({
      GroupName: `launch-wizard-${stamp}`,
      Description: words.groupDescription,
      VpcId: await vpcOf(fields),
    }),
  );
  const GroupId = made.GroupId ?? "";
  const IpPermissions = ingressOf(fields);
  if (IpPermissions.length) await ec2(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  return GroupId;
}
