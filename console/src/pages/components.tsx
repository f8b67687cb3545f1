import {
  DeleteComponentCommand,
  GetComponentCommand,
  ListComponentBuildVersionsCommand,
} from "@aws-sdk/client-imagebuilder";
import { all, listComponents } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { components as words } from "../strings";
import { urls } from "../urls";
import { Documents, type Version } from "./builder-documents";

async function remove(version: Version): Promise<void> {
  const builds = await all(async (nextToken) => {
    const answer = await imagebuilder(
      new ListComponentBuildVersionsCommand({ componentVersionArn: version.arn, nextToken }),
    );
    return { items: answer.componentSummaryList ?? [], next: answer.nextToken };
  });
  for (const { arn } of builds) {
    await imagebuilder(new DeleteComponentCommand({ componentBuildVersionArn: arn }));
  }
}

export const Components = () => (
  <Documents
    title={words.title}
    verbs={words}
    types={["BUILD", "TEST"]}
    list={listComponents}
    get={async (componentBuildVersionArn) =>
      (await imagebuilder(new GetComponentCommand({ componentBuildVersionArn }))).component
    }
    remove={remove}
    create={urls.createComponent}
    createLike={urls.createComponentLike}
  />
);
