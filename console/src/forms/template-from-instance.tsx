import {
  CreateLaunchTemplateCommand,
  GetLaunchTemplateDataCommand,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { columns as col, forms, strings, templates as words } from "../strings";
import { Facts } from "../ui/details";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

export function TemplateFromInstance() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const { answer, problem } = useAnswer(id, () => ec2(new GetLaunchTemplateDataCommand({ InstanceId: id })));
  const data = answer?.LaunchTemplateData;

  async function submit() {
    await ec2(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        VersionDescription: note || undefined,
        // What the server answers is what it takes: both shapes have the same members.
        LaunchTemplateData: data as RequestLaunchTemplateData,
      }),
    );
    say(words.made(name));
    go(urls.launchTemplates);
  }

  return (
    <FormPage
      title={words.fromInstance}
      description={`${id}. ${words.intro}`}
      verb={words.fromInstance}
      reason={!data ? strings.loading : name.length >= 3 ? null : forms.required}
      back={urls.instances}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <FormField label={words.name}>
            <Input value={name} onChange={({ detail }) => setName(detail.value.trim())} />
          </FormField>
          <FormField label={words.note}>
            <Input value={note} onChange={({ detail }) => setNote(detail.value)} />
          </FormField>
          <Facts
            facts={{
              [col.image]: data?.ImageId,
              [col.type]: data?.InstanceType,
              [col.keyPair]: data?.KeyName,
            }}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
