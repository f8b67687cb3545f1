/** With whom an image or a snapshot is shared: everybody, or accounts. */
import type { LaunchPermission } from "@aws-sdk/client-ec2";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Container from "@cloudscape-design/components/container";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import type { Problem } from "../aws/errors";
import { changes } from "../permissions";
import { forms, strings, sharing as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";

const ACCOUNT = /^\d{12}$/;

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
  const [visible, setVisible] = useState<string | null>(null);
  const [edited, setEdited] = useState<string[] | null>(null);
  const shown = visible ?? (before?.some((each) => each.Group === "all") ? "public" : "private");
  const accounts = edited ?? (before ?? []).flatMap((each) => each.UserId ?? []);

  async function submit() {
    const changed = changes(before ?? [], shown === "public", [...new Set(accounts)]);
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
        !before ? strings.loading : accounts.every((each) => ACCOUNT.test(each)) ? null : words.accountBad
      }
      back={back}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="l">
          <RadioGroup
            ariaLabel={words.visibility}
            value={shown}
            onChange={({ detail }) => setVisible(detail.value)}
            items={[
              { value: "private", label: words.private },
              { value: "public", label: words.public, description: hint },
            ]}
          />
          <AttributeEditor
            items={accounts}
            addButtonText={words.add}
            removeButtonText={words.remove}
            empty={words.noAccounts}
            onAddButtonClick={() => setEdited([...accounts, ""])}
            onRemoveButtonClick={({ detail }) =>
              setEdited(accounts.filter((_, at) => at !== detail.itemIndex))
            }
            definition={[
              {
                label: words.accounts,
                constraintText: words.accountHint,
                errorText: (account) => (account && !ACCOUNT.test(account) ? words.accountBad : undefined),
                control: (account, at) => (
                  <Input
                    value={account}
                    ariaLabel={words.accounts}
                    onChange={({ detail }) =>
                      setEdited(accounts.map((each, index) => (index === at ? detail.value.trim() : each)))
                    }
                  />
                ),
              },
            ]}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
