/** An image of a snapshot of a root volume. */
import { type ArchitectureValues, type BootModeValues, RegisterImageCommand } from "@aws-sdk/client-ec2";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { columns as col, forms, snapshots as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { SelectField } from "../ui/select-field";
import { urls } from "../urls";

const option = (value: string) => ({ value, label: value });

export function RegisterImage() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [architecture, setArchitecture] = useState("x86_64");
  const [boot, setBoot] = useState("legacy-bios");
  const [root, setRoot] = useState("/dev/sda1");
  const [remove, setRemove] = useState(true);

  async function submit() {
    const made = await ec2(
      new RegisterImageCommand({
        Name: name,
        Description: description || undefined,
        Architecture: architecture as ArchitectureValues,
        BootMode: boot as BootModeValues,
        VirtualizationType: "hvm",
        EnaSupport: true,
        RootDeviceName: root,
        BlockDeviceMappings: [{ DeviceName: root, Ebs: { SnapshotId: id, DeleteOnTermination: remove } }],
      }),
    );
    say(words.registered(made.ImageId ?? ""));
    go(urls.image(made.ImageId ?? ""));
  }

  return (
    <FormPage
      title={words.register}
      description={`${id}. ${words.registerHint}`}
      verb={words.register}
      reason={name.length >= 3 && root ? null : forms.createImage.nameHint}
      back={urls.snapshots}
      submit={submit}
    >
      <Container>
        <SpaceBetween size="m">
          <FormField label={forms.createImage.name} constraintText={forms.createImage.nameHint}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label={words.description}>
            <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
          <SelectField
            label={col.architecture}
            value={architecture}
            options={["x86_64", "arm64"].map(option)}
            onChange={setArchitecture}
          />
          <SelectField
            label={col.boot}
            value={boot}
            options={["legacy-bios", "uefi"].map(option)}
            onChange={setBoot}
          />
          <FormField label={words.rootDevice}>
            <Input value={root} onChange={({ detail }) => setRoot(detail.value.trim())} />
          </FormField>
          <Checkbox checked={remove} onChange={({ detail }) => setRemove(detail.checked)}>
            {col.deleteOnTermination}
          </Checkbox>
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
