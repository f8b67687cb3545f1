import type { LaunchPermission } from "@aws-sdk/client-ec2";
import type { Reason } from "./rules";
import { sharing } from "./strings";

/** api/ec2/launch_permissions.py: _grantee. Whether the account is there, only the server knows. */
export const accountProblem = (account: string): Reason =>
  /^\d{12}$/.test(account) ? null : sharing.accountBad;

/** What to add and to remove, so that those become these; organisations and units stay as they are. */
export function changes(before: LaunchPermission[], isPublic: boolean, accounts: string[]) {
  const had = before.flatMap((each) => each.UserId ?? []);
  const wasPublic = before.some((each) => each.Group === "all");
  const everybody: LaunchPermission[] = [{ Group: "all" }];
  return {
    Add: [
      ...(isPublic && !wasPublic ? everybody : []),
      ...accounts.filter((id) => !had.includes(id)).map((UserId) => ({ UserId })),
    ],
    Remove: [
      ...(!isPublic && wasPublic ? everybody : []),
      ...had.filter((id) => !accounts.includes(id)).map((UserId) => ({ UserId })),
    ],
  };
}
