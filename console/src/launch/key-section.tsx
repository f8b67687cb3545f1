/** The key pair; a new one is made in a dialog, so that the rest of the form stays as it is. */
import { DescribeKeyPairsCommand } from "@aws-sdk/client-ec2";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { ec2 } from "../aws/ec2";
import { KeyPairDialog } from "../forms/key-pair";
import { columns as col, launch as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

export function KeySection({
  fields,
  change,
  template,
}: {
  fields: { key: string };
  change: (changed: { key: string }) => void;
  template?: boolean;
}) {
  const [made, setMade] = useState(0);
  const [open, setOpen] = useState(false);
  const { answer, problem } = useAnswer(`keys ${made}`, () => ec2(new DescribeKeyPairsCommand({})));
  const keys = (answer?.KeyPairs ?? []).map((each) => ({ value: each.KeyName ?? "", label: each.KeyName }));
  return (
    <Container
      header={
        <Header
          actions={
            <Button formAction="none" onClick={() => setOpen(true)}>
              {words.newKey}
            </Button>
          }
        >
          {words.keyPair}
        </Header>
      }
    >
      <Trouble problem={problem} />
      <SelectField
        label={col.keyPair}
        value={fields.key}
        options={[{ value: "", label: template ? words.anyType : words.noKey }, ...keys]}
        onChange={(key) => change({ key })}
      />
      {open && (
        <KeyPairDialog
          close={() => setOpen(false)}
          done={(key) => {
            setMade(made + 1);
            change({ key });
          }}
        />
      )}
    </Container>
  );
}
