import { CopyImageCommand, DescribeImagesCommand } from "@aws-sdk/client-ec2";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { regionNames } from "../aws/regions";
import { region } from "../aws/session";
import { forms, copying as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

async function start(id: string) {
  const [images, regions] = await Promise.all([
    ec2(new DescribeImagesCommand({ ImageIds: [id] })),
    regionNames(),
  ]);
  return { image: images.Images?.[0], regions };
}

export function CopyImage() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const { answer, problem } = useAnswer(id, () => start(id));
  const [name, setName] = useState<string | null>(null);
  const [description, setDescription] = useState<string | null>(null);
  const [where, setWhere] = useState("");
  const [tags, setTags] = useState(true);
  const here = region.current();
  const destination = where || (answer?.regions.find((each) => each !== here) ?? here);
  const shownName = name ?? answer?.image?.Name ?? "";
  const shownDescription = description ?? answer?.image?.Description ?? "";

  async function submit() {
    const made = await ec2(
      new CopyImageCommand({
        SourceImageId: id,
        SourceRegion: here,
        Name: shownName,
        Description: shownDescription || undefined,
        CopyImageTags: tags,
      }),
      destination,
    );
    say(words.made(made.ImageId ?? "", destination), "info");
    go(urls.images);
  }

  return (
    <FormPage
      title={words.title}
      description={`${id}. ${words.intro}`}
      verb={words.title}
      reason={shownName ? null : forms.required}
      back={urls.images}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <FormField label={words.name}>
            <Input value={shownName} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label={words.description}>
            <Input value={shownDescription} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
          <FormField label={words.region}>
            <Select
              selectedOption={{ value: destination, label: destination }}
              options={(answer?.regions ?? []).map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setWhere(detail.selectedOption.value ?? "")}
            />
          </FormField>
          <Checkbox checked={tags} onChange={({ detail }) => setTags(detail.checked)}>
            {words.tags}
          </Checkbox>
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
