/** When old images go. */
import {
  DeleteLifecyclePolicyCommand,
  GetLifecyclePolicyCommand,
  type LifecyclePolicySummary,
  ListLifecyclePoliciesCommand,
} from "@aws-sdk/client-imagebuilder";
import { filters } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { builderNav, strings, configurations as words } from "../strings";
import { when } from "../ui/details";
import { State } from "../ui/state";
import { Configurations } from "./builder-configurations";

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
