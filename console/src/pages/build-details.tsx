/** What a build made, and of what. */
import type { Image } from "@aws-sdk/client-imagebuilder";
import { tail } from "../aws/builder-lists";
import { region, session } from "../aws/session";
import { columns as col, builds as words } from "../strings";
import { Facts, Rows, when } from "../ui/details";
import { Link } from "../ui/link";
import { State } from "../ui/state";
import { urls } from "../urls";

export function Outputs({ image }: { image: Image }) {
  const own = (ami: { region?: string; accountId?: string }) =>
    ami.region === region.current() && ami.accountId === session.current()?.account;
  return (
    <Rows
      caption={words.outputs}
      columns={[words.region, words.account, col.image, col.name, col.state]}
      rows={(image.outputResources?.amis ?? []).map((ami) => [
        ami.region,
        ami.accountId,
        own(ami) ? (
          <Link key="ami" to={urls.image(ami.image ?? "")}>
            {ami.image}
          </Link>
        ) : (
          ami.image
        ),
        ami.name,
        ami.state?.status && <State key="state" state={ami.state.status.toLowerCase()} />,
      ])}
    />
  );
}

export function Details({ image }: { image: Image }) {
  const recipe = tail(image.imageRecipe?.arn);
  const pipeline = tail(image.sourcePipelineArn);
  return (
    <Facts
      facts={{
        [col.state]: <State state={image.state?.status?.toLowerCase()} />,
        [col.reason]: image.state?.reason,
        [col.created]: when(image.dateCreated),
        [words.buildType]: words.started[image.buildType ?? ""],
        [words.recipe]: recipe && <Link to={urls.recipesNamed(image.imageRecipe?.name ?? "")}>{recipe}</Link>,
        [words.base]: image.imageRecipe?.parentImage,
        [words.pipeline]: pipeline && <Link to={urls.pipelines}>{pipeline}</Link>,
        [words.infrastructure]: tail(image.infrastructureConfiguration?.arn),
        [words.distribution]: tail(image.distributionConfiguration?.arn),
        [words.os]: image.osVersion,
      }}
    />
  );
}
