/** A new key pair: as a page, and as a dialog of a form that wants one. */
import { CreateKeyPairCommand, type KeyType } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { type Problem, problemOf } from "../aws/errors";
import { forms } from "../strings";
import { download } from "../ui/download";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { urls } from "../urls";

const words = forms.keyPair;

/** Makes a key pair and gives its private key to the browser's downloads, once. */
async function makeKeyPair(name: string, type: KeyType): Promise<void> {
  const made = await ec2(new CreateKeyPairCommand({ KeyName: name, KeyType: type }));
  download(`${name}.pem`, "application/x-pem-file", `${made.KeyMaterial ?? ""}\n`);
}

function useFields() {
  const [name, setName] = useState("");
  const [type, setType] = useState<KeyType>("ed25519");
  const fields = (
    <SpaceBetween size="m">
      <FormField label={words.name}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label={words.type}>
        <RadioGroup
          value={type}
          onChange={({ detail }) => setType(detail.value as KeyType)}
          items={[
            { value: "ed25519", label: "ED25519" },
            { value: "rsa", label: "RSA" },
          ]}
        />
      </FormField>
    </SpaceBetween>
  );
  return { name, fields, make: () => makeKeyPair(name, type) };
}

export function CreateKeyPair() {
  const go = useNavigate();
  const { say } = useNotices();
  const { name, fields, make } = useFields();

  async function submit() {
    await make();
    say(words.made(name));
    go(urls.keyPairs);
  }

  return (
    <FormPage
      title={words.title}
      description={words.hint}
      verb={words.title}
      reason={name ? null : forms.required}
      back={urls.keyPairs}
      submit={submit}
    >
      <Container>{fields}</Container>
    </FormPage>
  );
}

/** `done` gets the name of the pair that was made. */
export function KeyPairDialog({ close, done }: { close: () => void; done: (name: string) => void }) {
  const { say } = useNotices();
  const { name, fields, make } = useFields();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function send(event: FormEvent) {
    event.preventDefault();
    // React hands what happens here on to the form that the dialog was opened from.
    event.stopPropagation();
    setBusy(true);
    try {
      await make();
      say(words.made(name));
      done(name);
      close();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  }

  return (
    <Modal visible header={words.title} closeAriaLabel={forms.cancel} onDismiss={close}>
      <form onSubmit={(event) => void send(event)}>
        <SpaceBetween size="m">
          <Box color="text-body-secondary">{words.hint}</Box>
          <Trouble problem={problem} />
          {fields}
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={close}>
                {forms.cancel}
              </Button>
              <Button variant="primary" loading={busy} disabled={!name}>
                {words.title}
              </Button>
            </SpaceBetween>
          </Box>
        </SpaceBetween>
      </form>
    </Modal>
  );
}
