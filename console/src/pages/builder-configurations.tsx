/** What pipelines use beside recipes, to look at and to delete; they are made with pipelines, or by the API. */
import {
  DeleteDistributionConfigurationCommand,
  DeleteInfrastructureConfigurationCommand,
  DeleteLifecyclePolicyCommand,
  type DistributionConfigurationSummary,
  GetDistributionConfigurationCommand,
  GetInfrastructureConfigurationCommand,
  GetLifecyclePolicyCommand,
  type InfrastructureConfigurationSummary,
  type LifecyclePolicySummary,
  ListLifecyclePoliciesCommand,
} from "@aws-sdk/client-imagebuilder";
import type { TableProps } from "@cloudscape-design/components/table";
import { filters, listDistributions, listInfrastructures, tagList, tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { useAsked } from "../list/asked";
import { type Property, ResourcePage } from "../list/resource-page";
import { forAll } from "../rules";
import { builderNav, columns as col, strings, configurations as words } from "../strings";
import { Code, json } from "../ui/code";
import { Tags, when } from "../ui/details";
import { State } from "../ui/state";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";

type Common = {
  arn?: string;
  name?: string;
  description?: string;
  dateCreated?: string | Date;
  tags?: Record<string, string>;
};

export function Infrastructures() {
  return (
    <Configurations<InfrastructureConfigurationSummary>
      title={builderNav.infrastructures}
      fetch={listInfrastructures}
      columns={[
        {
          id: "types",
          header: words.instanceTypes,
          cell: (each) => each.instanceTypes?.join(", ") || strings.none,
        },
        { id: "profile", header: words.profile, cell: (each) => each.instanceProfileName },
      ]}
      remove={(arn) =>
        imagebuilder(new DeleteInfrastructureConfigurationCommand({ infrastructureConfigurationArn: arn }))
      }
      whole={async (arn) =>
        (
          await imagebuilder(
            new GetInfrastructureConfigurationCommand({ infrastructureConfigurationArn: arn }),
          )
        ).infrastructureConfiguration
      }
    />
  );
}

export function Distributions() {
  return (
    <Configurations<DistributionConfigurationSummary>
      title={builderNav.distributions}
      fetch={listDistributions}
      columns={[{ id: "regions", header: words.regions, cell: (each) => each.regions?.join(", ") }]}
      remove={(arn) =>
        imagebuilder(new DeleteDistributionConfigurationCommand({ distributionConfigurationArn: arn }))
      }
      whole={async (arn) =>
        (await imagebuilder(new GetDistributionConfigurationCommand({ distributionConfigurationArn: arn })))
          .distributionConfiguration
      }
    />
  );
}

export function Policies() {
  return (
    <Configurations<LifecyclePolicySummary>
      title={builderNav.policies}
      fetch={async (given, nextToken) => {
        const answer = await imagebuilder(
          new ListLifecyclePoliciesCommand({ filters: filters(given), nextToken }),
        );
        return { items: answer.lifecyclePolicySummaryList ?? [], next: answer.nextToken };
      }}
      properties={[["status", words.status, ["ENABLED", "DISABLED"]]]}
      columns={[
        { id: "status", header: words.status, cell: (each) => <State state={each.status?.toLowerCase()} /> },
        { id: "resource", header: words.resource, cell: (each) => each.resourceType },
        { id: "last", header: words.lastRun, cell: (each) => when(each.dateLastRun) || strings.none },
      ]}
      remove={(arn) => imagebuilder(new DeleteLifecyclePolicyCommand({ lifecyclePolicyArn: arn }))}
      whole={async (arn) =>
        (await imagebuilder(new GetLifecyclePolicyCommand({ lifecyclePolicyArn: arn }))).lifecyclePolicy
      }
    />
  );
}

interface Props<T> {
  title: string;
  fetch: Parameters<typeof ResourcePage<T>>[0]["fetch"];
  columns: TableProps.ColumnDefinition<T>[];
  properties?: Property[];
  remove: (arn: string | undefined) => Promise<unknown>;
  whole: (arn: string | undefined) => Promise<unknown>;
}

function Configurations<T extends Common>({ title, fetch, columns, properties, remove, whole }: Props<T>) {
  const asked = useAsked();
  return (
    <ResourcePage<T>
      title={title}
      exact
      fetch={fetch}
      id={(each) => tail(each.arn)}
      idFilter="name"
      properties={[["name", col.name], ...(properties ?? [])]}
      columns={[
        { id: "name", header: col.name, cell: (each) => each.name, isRowHeader: true, width: 240 },
        ...columns.map((column) => ({ width: 200, ...column })),
        { id: "created", header: col.created, cell: (each) => when(each.dateCreated), width: 200 },
        {
          id: "description",
          header: col.description,
          cell: (each) => each.description ?? strings.none,
          width: 300,
        },
      ]}
      actions={[
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, () => null, strings.list.choose),
          act: asked(
            words.remove,
            words.removeBody,
            (each) => each.name,
            (each) => remove(each.arn),
          ),
        },
      ]}
      details={(each) => <Details key={each.arn} item={each} whole={whole} />}
    />
  );
}

function Details({ item, whole }: { item: Common; whole: (arn: string | undefined) => Promise<unknown> }) {
  const { answer, problem } = useAnswer(item.arn ?? "", () => whole(item.arn));
  return (
    <>
      <Trouble problem={problem} />
      <Code label={words.document} text={json(answer)} />
      <Tags tags={tagList(item.tags)} />
    </>
  );
}
