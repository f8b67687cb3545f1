import {
  DeleteImageRecipeCommand,
  GetImageRecipeCommand,
  type ImageRecipeSummary,
} from "@aws-sdk/client-imagebuilder";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useNavigate } from "react-router-dom";
import { listRecipes, tagList, tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { session } from "../aws/session";
import * as rules from "../builder/builder-rules";
import { useAsked } from "../list/asked";
import { one } from "../list/one";
import { ResourcePage } from "../list/resource-page";
import { forAll } from "../rules";
import { columns as col, strings, recipes as words } from "../strings";
import { Code, json } from "../ui/code";
import { Facts, Rows, Tags, when } from "../ui/details";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

export function Recipes() {
  const go = useNavigate();
  const asked = useAsked();
  const own = rules.ownResource(session.current()?.account ?? "");
  return (
    <ResourcePage<ImageRecipeSummary>
      title={words.title}
      exact
      fetch={listRecipes}
      id={(recipe) => tail(recipe.arn)}
      idFilter="name"
      primary={{ text: words.create, act: () => go(urls.createRecipe) }}
      properties={[
        ["name", col.name],
        ["parentImage", words.base],
      ]}
      columns={[
        { id: "name", header: col.name, cell: (each) => each.name, isRowHeader: true, width: 240 },
        { id: "version", header: words.version, cell: (each) => tail(each.arn).split("/")[1], width: 120 },
        { id: "base", header: words.base, cell: (each) => each.parentImage, width: 360 },
        { id: "created", header: col.created, cell: (each) => when(each.dateCreated), width: 200 },
      ]}
      actions={[
        {
          id: "pipeline",
          text: words.createPipeline,
          reason: one(),
          act: ([recipe]) => go(urls.createPipelineOf(recipe?.arn ?? "")),
        },
        {
          id: "version",
          text: words.newVersion,
          reason: one(),
          act: ([recipe]) => go(urls.createRecipeLike(recipe?.arn ?? "")),
        },
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, own, strings.list.choose),
          act: asked(
            words.remove,
            words.removeBody,
            (each) => tail(each.arn),
            ({ arn }) => imagebuilder(new DeleteImageRecipeCommand({ imageRecipeArn: arn })),
          ),
        },
      ]}
      details={(recipe) => <Details key={recipe.arn} recipe={recipe} />}
    />
  );
}

function Details({ recipe }: { recipe: ImageRecipeSummary }) {
  const { answer, problem } = useAnswer(recipe.arn ?? "", () =>
    imagebuilder(new GetImageRecipeCommand({ imageRecipeArn: recipe.arn })),
  );
  const whole = answer?.imageRecipe;
  const facts = (
    <SpaceBetween size="l">
      <Trouble problem={problem} />
      <Facts
        facts={{
          [col.name]: recipe.name,
          [words.version]: whole?.version,
          [words.base]: recipe.parentImage,
          [col.description]: whole?.description,
          [col.created]: when(recipe.dateCreated),
        }}
      />
      <Rows
        caption={words.components}
        columns={[words.component, words.parameters]}
        rows={(whole?.components ?? []).map((each) => [
          tail(each.componentArn),
          (each.parameters ?? []).map(({ name, value }) => `${name}: ${value?.join(", ")}`).join("; "),
        ])}
      />
    </SpaceBetween>
  );
  return (
    <Tabs
      tabs={[
        { id: "details", label: words.details, content: facts },
        { id: "json", label: words.document, content: <Code label={words.document} text={json(whole)} /> },
        { id: "tags", label: strings.tags.title, content: <Tags tags={tagList(recipe.tags)} /> },
      ]}
    />
  );
}
