import { DescribeImageAttributeCommand, ModifyImageAttributeCommand } from "@aws-sdk/client-ec2";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Container from "@cloudscape-design/components/container";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { changes } from "../permissions";
import { forms, strings, sharing as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

const ACCOUNT = /^\d{12}$/;

const ask = (ImageId: string) =>
  ec2(new DescribeImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));

export function ImagePermissions() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const { answer, problem } = useAnswer(id, () => ask(id));
  const before = answer?.LaunchPermissions ?? [];
  const [visible, setVisible] = useState<string | null>(null);
  const [edited, setEdited] = useState<string[] | null>(null);
  const shown = visible ?? (before.some((each) => each.Group === "all") ? "public" : "private");
  const accounts = edited ?? before.flatMap((each) => each.UserId ?? []);

  async function submit() {
    const LaunchPermission = changes(before, shown === "public", [...new Set(accounts)]);
    if (LaunchPermission.Add.length + LaunchPermission.Remove.length > 0) {
      await ec2(new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission }));
    }
    say(words.saved(id));
    go(urls.images);
  }

  return (
    <FormPage
      title={words.permissions}
      description={id}
      verb={forms.save}
      reason={
        !answer ? strings.loading : accounts.every((each) => ACCOUNT.test(each)) ? null : words.accountBad
      }
      back={urls.images}
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
              { value: "public", label: words.public, description: words.publicHint },
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
