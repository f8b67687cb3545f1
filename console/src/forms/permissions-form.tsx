/** With whom an image or a snapshot is shared: everybody, or accounts. */
import type { LaunchPermission } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import type { Problem } from "../aws/errors";
import { accountProblem, changes } from "../permissions";
import { forms, strings, sharing as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { PermissionFields } from "./permission-fields";

export function PermissionsForm({
  title,
  id,
  hint,
  before,
  problem,
  back,
  save,
}: {
  title: string;
  id: string;
  /** What everybody may then do with it. */
  hint: string;
  /** Undefined until it is known. */
  before: LaunchPermission[] | undefined;
  problem: Problem | null;
  back: string;
  save: (changed: { Add: LaunchPermission[]; Remove: LaunchPermission[] }) => Promise<unknown>;
}) {
  const go = useNavigate();
  const { say } = useNotices();
  const [chosen, setPublic] = useState<boolean | null>(null);
  const [edited, setEdited] = useState<string[] | null>(null);
  const isPublic = chosen ?? before?.some((each) => each.Group === "all") ?? false;
  const accounts = edited ?? (before ?? []).flatMap((each) => each.UserId ?? []);

  async function submit() {
    const changed = changes(before ?? [], isPublic, [...new Set(accounts)]);
    if (changed.Add.length + changed.Remove.length > 0) await save(changed);
    say(words.saved(id));
    go(back);
  }

  return (
    <FormPage
      title={title}
      description={id}
      verb={forms.save}
      reason={
        !before ? strings.loading : (accounts.map(accountProblem).find((reason) => reason !== null) ?? null)
      }
      back={back}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <PermissionFields
          hint={hint}
          isPublic={isPublic}
          onPublic={setPublic}
          accounts={accounts}
          onAccounts={setEdited}
        />
      </Container>
    </FormPage>
  );
}
