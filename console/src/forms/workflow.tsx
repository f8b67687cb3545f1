import { CreateWorkflowCommand } from "@aws-sdk/client-imagebuilder";
import { useState } from "react";
import { useSearchParams } from "react-router-dom";
import { all, listWorkflows } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { builtIn, describeWorkflow, getWorkflow } from "../aws/workflows";
import { DocumentForm } from "../builder/document-form";
import { STAGES, type Stage, stageOf } from "../builder/workflow-rules";
import { workflows as made, workflowForm as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { urls } from "../urls";

async function versionsOf(name: string, type: Stage): Promise<string[]> {
  const filters = [
    { Name: "name", Values: [name] },
    { Name: "type", Values: [type] },
  ];
  return (await all((token) => listWorkflows("Self", filters, token))).flatMap(
    ({ version }) => version ?? [],
  );
}

/** A new workflow begins as the built-in one of its type; with ?from=…, as that one. */
export function CreateWorkflow() {
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  const [chosen, setChosen] = useState<Stage>(stageOf(from) ?? "BUILD");
  return (
    <DocumentForm
      title={made.create}
      intro={words.intro}
      label={words.name}
      from={`${from} ${chosen}`}
      begin={async () => (from ? getWorkflow(from) : { data: (await builtIn(chosen)).data })}
      versionsOf={(name) => versionsOf(name, chosen)}
      as={words.as[chosen]}
      check={(text) => describeWorkflow(text, chosen)}
      create={(document) => imagebuilder(new CreateWorkflowCommand({ ...document, type: chosen }))}
      back={urls.workflows}
    >
      <SelectField
        label={words.type}
        hint={from ? words.typeFixed : words.typeHint}
        value={chosen}
        disabled={from !== ""}
        options={STAGES.map((value) => ({ value, label: words.stages[value] }))}
        onChange={(type) => setChosen(type as Stage)}
      />
    </DocumentForm>
  );
}
