/** The rules of a group in one direction, and changing them. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { fieldOf, type RuleField, rulesToChange } from "../group-rules";
import { ec2 } from "./ec2";

export async function rulesOf(GroupId: string, egress: boolean): Promise<RuleField[]> {
  const answer = await ec2(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] }),
  );
  return (answer.SecurityGroupRules ?? []).filter((rule) => rule.IsEgress === egress).map(fieldOf);
}

/** Make the group's rules in that direction these. */
export async function saveRules(GroupId: string, egress: boolean, before: RuleField[], after: RuleField[]) {
  const { modify, revoke, authorize } = rulesToChange(before, after);
  if (modify.length) {
    await ec2(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: modify }));
  }
  // New rules first: should one be refused, nothing has been taken away.
  if (authorize.length) {
    const given = { GroupId, IpPermissions: authorize };
    await (egress
      ? ec2(new AuthorizeSecurityGroupEgressCommand(given))
      : ec2(new AuthorizeSecurityGroupIngressCommand(given)));
  }
  if (revoke.length) {
    const taken = { GroupId, SecurityGroupRuleIds: revoke };
    await (egress
      ? ec2(new RevokeSecurityGroupEgressCommand(taken))
      : ec2(new RevokeSecurityGroupIngressCommand(taken)));
  }
}
