import type { ImageSummary } from "@aws-sdk/client-imagebuilder";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router-dom";
import { amisOf, listBuilds, tagList, tail } from "../aws/builder-lists";
import { region } from "../aws/session";
import { underWay } from "../builder/builder-rules";
import { ResourcePage } from "../list/resource-page";
import { columns as col, strings, builds as words } from "../strings";
import { Facts, Tags, when } from "../ui/details";
import { Link } from "../ui/link";
import { State } from "../ui/state";
import { urls } from "../urls";
import { useBuildActions } from "./build-actions";

const state = (build: ImageSummary) => <State state={build.state?.status?.toLowerCase()} />;

/** The AMI that a build left in the Region that is looked at. */
const ami = (build: ImageSummary) =>
  build.outputResources?.amis?.find((each) => each.region === region.current())?.image;

export function Builds() {
  const go = useNavigate();
  const actions = useBuildActions();
  return (
    <ResourcePage<ImageSummary>
      title={words.title}
      exact
      fetch={listBuilds}
      id={(build) => tail(build.arn)}
      idFilter="name"
      moving={(build) => underWay(build.state?.status)}
      primary={{ text: words.run, act: () => go(urls.pipelines) }}
      actions={actions}
      properties={[
        ["name", col.name],
        ["status", col.state, ["AVAILABLE", "FAILED", "CANCELLED", "BUILDING", "TESTING", "DISTRIBUTING"]],
        ["version", words.version],
        ["buildType", words.buildType, ["USER_INITIATED", "SCHEDULED", "IMPORT"]],
      ]}
      columns={[
        {
          id: "name",
          header: words.image,
          cell: (build) => <Link to={urls.build(tail(build.arn))}>{tail(build.arn)}</Link>,
          isRowHeader: true,
          width: 240,
        },
        { id: "state", header: col.state, cell: state, width: 150 },
        { id: "created", header: col.created, cell: (build) => when(build.dateCreated), width: 190 },
        {
          id: "type",
          header: words.buildType,
          cell: (build) => words.started[build.buildType ?? ""] ?? strings.none,
          width: 120,
        },
        {
          id: "ami",
          header: col.image,
          cell: (build) => {
            const id = ami(build);
            return id ? <Link to={urls.image(id)}>{id}</Link> : strings.none;
          },
          width: 210,
        },
        {
          id: "reason",
          header: col.reason,
          cell: (build) => build.state?.reason ?? strings.none,
          width: 400,
        },
      ]}
      details={(build) => (
        <SpaceBetween size="l">
          <Button onClick={() => go(urls.build(tail(build.arn)))}>{words.open}</Button>
          <Facts
            facts={{
              [col.state]: state(build),
              [col.reason]: build.state?.reason,
              [words.os]: build.osVersion,
              [words.outputs]: amisOf(build),
            }}
          />
          <Tags tags={tagList(build.tags)} />
        </SpaceBetween>
      )}
    />
  );
}
