/** A new component or workflow, or a new version of one: its name, version and document. */
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router-dom";
import { nameReason } from "../forms/resource-name";
import { documentForm as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { type TagField, TagFields, tagMap } from "../ui/tag-fields";
import { TextField } from "../ui/text-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { useSettled } from "../ui/use-settled";
import { isVersion, next } from "../versions";
import { type Checked, DocumentEditor } from "./document-editor";

/** What a form begins with. */
export interface Beginning {
  name?: string | undefined;
  description?: string | undefined;
  data?: string | undefined;
}

/** As the API's Create operations take it. */
export interface NewDocument {
  name: string;
  semanticVersion: string;
  description: string | undefined;
  changeDescription: string | undefined;
  data: string;
  tags: Record<string, string> | undefined;
}

interface Props {
  title: string;
  intro: string;
  label: string;
  /** What it begins with; with another `from`, anew, but for a text that somebody has changed. */
  from: string;
  begin: () => Promise<Beginning>;
  /** The versions that a name has already. */
  versionsOf: (name: string) => Promise<string[]>;
  /** What the document is, for its check. */
  as: string;
  check: (text: string) => Promise<Checked>;
  create: (document: NewDocument) => Promise<unknown>;
  back: string;
  children?: ReactNode;
}

export function DocumentForm(props: Props) {
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [version, setVersion] = useState("");
  const [description, setDescription] = useState("");
  const [change, setChange] = useState("");
  const [text, setText] = useState("");
  const [mistakes, setMistakes] = useState<number | null>(null);
  const [tags, setTags] = useState<TagField[]>([]);
  const began = useRef("");

  const { answer: model, problem } = useAnswer(props.from, props.begin);
  useEffect(() => {
    if (!model) return;
    const { name = "", description = "", data = "" } = model;
    setName((typed) => name || typed);
    setDescription((typed) => description || typed);
    const untouched = began.current;
    began.current = data;
    setText((typed) => (typed === untouched ? data : typed));
  }, [model]);

  const settled = useSettled(name);
  const { answer: existing } = useAnswer(`${props.as} ${settled}`, async () =>
    settled ? props.versionsOf(settled) : [],
  );
  const wanted = version || next(existing ?? []);

  async function submit() {
    await props.create({
      name,
      semanticVersion: wanted,
      description: description || undefined,
      changeDescription: change || undefined,
      data: text,
      tags: tagMap(tags),
    });
    say(words.made(`${name} ${wanted}`));
    go(props.back);
  }

  return (
    <FormPage
      title={props.title}
      description={props.intro}
      verb={props.title}
      reason={
        nameReason(name) ??
        (isVersion(wanted) ? null : words.versionBad) ??
        (mistakes === null ? words.checking : mistakes ? words.bad(mistakes) : null)
      }
      back={props.back}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          {props.children}
          <TextField
            label={props.label}
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
        <DocumentEditor
          text={text}
          as={props.as}
          check={props.check}
          onChange={setText}
          onChecked={setMistakes}
        />
      </Container>
      <Container>
        <TagFields tags={tags} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
