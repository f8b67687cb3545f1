import { CreateKeyPairCommand, type KeyType } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { forms } from "../strings";
import { download } from "../ui/download";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { urls } from "../urls";

const words = forms.keyPair;

/** Makes a key pair and gives its private key to the browser's downloads, once. */
export async function makeKeyPair(name: string, type: KeyType): Promise<void> {
  const made = await ec2(new CreateKeyPairCommand({ KeyName: name, KeyType: type }));
  download(`${name}.pem`, "application/x-pem-file", `${made.KeyMaterial ?? ""}\n`);
}

export function CreateKeyPair() {
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [type, setType] = useState<KeyType>("ed25519");

  async function submit() {
    await makeKeyPair(name, type);
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
      <Container>
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
      </Container>
    </FormPage>
  );
}
