import {
  CreateInfrastructureConfigurationCommand,
  GetInfrastructureConfigurationCommand,
  type InfrastructureConfiguration,
  UpdateInfrastructureConfigurationCommand,
} from "@aws-sdk/client-imagebuilder";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { imagebuilder } from "../aws/imagebuilder";
import { retag } from "../aws/retag";
import { InfrastructureFields } from "../builder/infrastructure-fields";
import { infrastructureOf, infrastructureProblem, PROFILE, requestOf } from "../builder/infrastructure-rules";
import { NameFields } from "../builder/name-fields";
import { forms, strings, infrastructureForm as words } from "../strings";
import { tagProblem, tagsProblem } from "../tag-rules";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { TagFields, tagFields, tagMap } from "../ui/tag-fields";
import { useAnswer } from "../ui/use-answer";
import { WaitingPage } from "../ui/waiting-page";
import { urls } from "../urls";
import { descriptionReason, nameReason } from "./resource-name";

export function CreateInfrastructure() {
  return <InfrastructureForm title={words.create} verb={words.create} before={null} />;
}

export function EditInfrastructure() {
  const arn = useSearchParams()[0].get("arn") ?? "";
  const { answer, problem } = useAnswer(arn, () =>
    imagebuilder(new GetInfrastructureConfigurationCommand({ infrastructureConfigurationArn: arn })),
  );
  const before = answer?.infrastructureConfiguration;
  if (before) return <InfrastructureForm title={words.edit} verb={forms.save} before={before} />;
  return <WaitingPage title={words.edit} problem={problem} />;
}

function InfrastructureForm({
  title,
  verb,
  before,
}: {
  title: string;
  verb: string;
  before: InfrastructureConfiguration | null;
}) {
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState(before?.name ?? "");
  const [fields, setFields] = useState(infrastructureOf(before ?? { instanceProfileName: PROFILE }));
  const [tags, setTags] = useState(tagFields(before?.tags));
  const description = fields.said.description ?? "";

  async function submit() {
    const said = requestOf(fields);
    if (before) {
      const arn = before.arn ?? "";
      await imagebuilder(
        new UpdateInfrastructureConfigurationCommand({ ...said, infrastructureConfigurationArn: arn }),
      );
      await retag(arn, before.tags, tagMap(tags));
    } else {
      await imagebuilder(new CreateInfrastructureConfigurationCommand({ ...said, name, tags: tagMap(tags) }));
    }
    say(words.saved(name));
    go(urls.infrastructure(name));
  }

  return (
    <FormPage
      title={title}
      description={words.intro}
      verb={verb}
      reason={
        nameReason(name) ??
        descriptionReason(description) ??
        infrastructureProblem(fields) ??
        tagsProblem(tags)
      }
      back={urls.infrastructures}
      submit={submit}
    >
      <NameFields
        name={name}
        onName={before ? null : setName}
        description={description}
        onDescription={(text) => setFields({ ...fields, said: { ...fields.said, description: text } })}
      />
      <InfrastructureFields fields={fields} onChange={setFields} />
      <Container header={<Header>{strings.tags.title}</Header>}>
        <TagFields tags={tags} problem={(tag) => tagProblem(tag, tags)} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
