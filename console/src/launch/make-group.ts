import { AuthorizeSecurityGroupIngressCommand, CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { ec2 } from "../aws/ec2";
import { launch as words } from "../strings";
import type { LaunchFields } from "./fields";
import { ingressOf } from "./request";

/** Makes the group that the boxes describe; its id. */
export async function makeGroup(fields: LaunchFields): Promise<string> {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  const made = await ec2(
    new CreateSecurityGroupCommand({
      GroupName: `launch-wizard-${stamp}`,
      Description: words.groupDescription,
      VpcId: fields.vpc || undefined,
    }),
  );
  const GroupId = made.GroupId ?? "";
  const IpPermissions = ingressOf(fields);
  if (IpPermissions.length) await ec2(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  return GroupId;
}
