import { CreateComponentCommand, GetComponentCommand } from "@aws-sdk/client-imagebuilder";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { all, listComponents } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { components as made, componentForm as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { type TagField, TagFields, tagMap } from "../ui/tag-fields";
import { TextField } from "../ui/text-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { useSettled } from "../ui/use-settled";
import { urls } from "../urls";
import { isVersion, next } from "../versions";
import { DocumentEditor } from "./document-editor";
import { nameReason } from "./resource-name";

export function CreateComponent() {
  const go = useNavigate();
  const { say } = useNotices();
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  const [name, setName] = useState("");
  const [version, setVersion] = useState("");
  const [description, setDescription] = useState("");
  const [change, setChange] = useState("");
  const [text, setText] = useState(from ? "" : words.example);
  const [mistakes, setMistakes] = useState<number | null>(null);
  const [tags, setTags] = useState<TagField[]>([]);

  const { answer: model, problem } = useAnswer(from, async () =>
    from ? (await imagebuilder(new GetComponentCommand({ componentBuildVersionArn: from }))).component : null,
  );
  useEffect(() => {
    if (!model) return;
    setName(model.name ?? "");
    setDescription(model.description ?? "");
    setText(model.data ?? "");
  }, [model]);

  const settled = useSettled(name);
  const { answer: existing } = useAnswer(settled, async () =>
    settled ? all((token) => listComponents("Self", [{ Name: "name", Values: [settled] }], token)) : [],
  );
  const wanted = version || next((existing ?? []).flatMap((each) => each.version ?? []));

  async function submit() {
    await imagebuilder(
      new CreateComponentCommand({
        name,
        semanticVersion: wanted,
        description: description || undefined,
        changeDescription: change || undefined,
        platform: "Linux",
        data: text,
        tags: tagMap(tags),
      }),
    );
    say(words.made(`${name} ${wanted}`));
    go(urls.components);
  }

  return (
    <FormPage
      title={made.create}
      description={words.intro}
      verb={made.create}
      reason={
        nameReason(name) ??
        (isVersion(wanted) ? null : words.versionBad) ??
        (mistakes === null ? words.checking : mistakes ? words.bad(mistakes) : null)
      }
      back={urls.components}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <TextField
            label={words.name}
            errorText={name && nameReason(name)}
            value={name}
            onChange={setName}
          />
          <TextField
            label={words.version}
            constraintText={words.versionHint}
            errorText={!isVersion(wanted) && words.versionBad}
            value={version}
            placeholder={wanted}
            onChange={(text) => setVersion(text.trim())}
          />
          <TextField label={words.description} value={description} onChange={setDescription} />
          <TextField label={words.change} value={change} onChange={setChange} />
        </SpaceBetween>
      </Container>
      <Container>
        <DocumentEditor text={text} onChange={setText} onChecked={setMistakes} />
      </Container>
      <Container>
        <TagFields tags={tags} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
