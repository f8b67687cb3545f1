import { CreateComponentCommand, GetComponentCommand } from "@aws-sdk/client-imagebuilder";
import { useSearchParams } from "react-router-dom";
import { amiable } from "../aws/amiable";
import { all, listComponents } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import type { Checked } from "../builder/document-editor";
import { type Beginning, DocumentForm } from "../builder/document-form";
import { components as made, componentForm as words } from "../strings";
import { urls } from "../urls";

async function begin(from: string): Promise<Beginning> {
  if (!from) return { data: words.example };
  const answer = await imagebuilder(new GetComponentCommand({ componentBuildVersionArn: from }));
  return answer.component ?? {};
}

async function versionsOf(name: string): Promise<string[]> {
  const filters = [{ Name: "name", Values: [name] }];
  return (await all((token) => listComponents("Self", filters, token))).flatMap(
    ({ version }) => version ?? [],
  );
}

export function CreateComponent() {
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  return (
    <DocumentForm
      title={made.create}
      intro={words.intro}
      label={words.name}
      from={from}
      begin={() => begin(from)}
      versionsOf={versionsOf}
      as={words.as}
      check={(text) => amiable<Checked>("DescribeComponentDocument", { Data: text })}
      create={(document) => imagebuilder(new CreateComponentCommand({ ...document, platform: "Linux" }))}
      back={urls.components}
    />
  );
}
