import { CreateImageCommand } from "@aws-sdk/client-ec2";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { createCleanImage } from "../aws/cleaning";
import { ec2 } from "../aws/ec2";
import { forms, strings } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { type TagField, TagFields, tagsOf } from "../ui/tag-fields";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { type Clean, CleanFields, namesIn } from "./clean-fields";
import { type Blank, blankMapping, mappingsOf } from "./image-mappings";
import { disksOf, FurtherVolumes, OwnVolumes } from "./image-volumes";

const words = forms.createImage;

/** api/image_names.py. */
const NAME = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

export function CreateImage() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [reboot, setReboot] = useState(true);
  const [tags, setTags] = useState<TagField[]>([]);
  const [kept, setKept] = useState<Record<string, boolean>>({});
  const [blanks, setBlanks] = useState<Blank[]>([]);
  const [clean, setClean] = useState<Clean>({ wanted: false, keep: [], services: "" });
  const { answer: disks, problem } = useAnswer(id, () => disksOf(id));

  async function submit() {
    const mappings = mappingsOf(disks ?? [], kept, blanks);
    const Tags = tagsOf(tags);
    const request = {
      InstanceId: id,
      Name: name,
      Description: description || undefined,
      NoReboot: !reboot,
      BlockDeviceMappings: mappings.length ? mappings : undefined,
      TagSpecifications: Tags && [
        { ResourceType: "image" as const, Tags },
        { ResourceType: "snapshot" as const, Tags },
      ],
    };
    if (clean.wanted) {
      const cleanImage = { ...request, Keep: clean.keep, DisableServices: namesIn(clean.services) };
      const made = await createCleanImage(cleanImage);
      say(words.made(made), "info");
      go(urls.imageTab(made, "hygiene"));
      return;
    }
    const made = await ec2(new CreateImageCommand(request));
    say(words.made(made.ImageId ?? ""), "info");
    go(urls.images);
  }

  const reason = NAME.test(name) ? (blanks.every(blankMapping) ? null : words.blankBad) : words.nameBad;
  const bad = name !== "" && !NAME.test(name);
  return (
    <FormPage
      title={words.title}
      description={words.intro}
      verb={words.submit}
      reason={reason}
      back={urls.instances}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container header={<Header>{`${words.instance} ${id}`}</Header>}>
        <SpaceBetween size="m">
          <FormField label={words.name} constraintText={words.nameHint} errorText={bad && words.nameBad}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label={words.description}>
            <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
          <Checkbox
            checked={reboot}
            description={words.rebootHint}
            onChange={({ detail }) => setReboot(detail.checked)}
          >
            {words.reboot}
          </Checkbox>
        </SpaceBetween>
      </Container>
      <OwnVolumes disks={disks} kept={kept} onChange={setKept} />
      <FurtherVolumes blanks={blanks} onChange={setBlanks} />
      <CleanFields clean={clean} onChange={setClean} />
      <Container header={<Header>{strings.tags.title}</Header>}>
        <TagFields tags={tags} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
