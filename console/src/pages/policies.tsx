/** When old images go: the policies, and what each plans and did. */
import {
  DeleteLifecyclePolicyCommand,
  type LifecyclePolicy,
  type LifecyclePolicySummary,
  UpdateLifecyclePolicyCommand,
} from "@aws-sdk/client-imagebuilder";
import { useNavigate } from "react-router-dom";
import { policyAgain } from "../aws/builder-updates";
import { imagebuilder } from "../aws/imagebuilder";
import { getPolicy, listPolicies } from "../aws/lifecycle";
import * as rules from "../builder/builder-rules";
import { Executions } from "../lifecycle/executions";
import { inWords, selectionInWords } from "../lifecycle/in-words";
import { useAsked } from "../list/asked";
import { one } from "../list/one";
import {
  builderNav,
  columns as col,
  plans as planned,
  policyForm,
  configurations as shared,
  strings,
  policies as words,
} from "../strings";
import { Facts, when } from "../ui/details";
import { State } from "../ui/state";
import { urls } from "../urls";
import { Configurations } from "./builder-configurations";

type Policy = LifecyclePolicySummary;

/** Its next plan is there within seconds: builder/lifecycle/daily.py, _due. */
const plans = ({ status, dateLastRun, dateUpdated }: Policy): boolean =>
  status === "ENABLED" && (!dateLastRun || (dateUpdated ?? 0) > dateLastRun);

const setStatus = async ({ arn = "" }: Policy, status: "ENABLED" | "DISABLED") =>
  imagebuilder(new UpdateLifecyclePolicyCommand({ ...policyAgain(await getPolicy(arn)), status }));

export function Policies() {
  const go = useNavigate();
  const asked = useAsked();
  const name = (policy: Policy) => policy.name;
  return (
    <Configurations<Policy, LifecyclePolicy>
      title={builderNav.policies}
      fetch={listPolicies}
      moving={plans}
      primary={{ text: words.create, act: () => go(urls.createPolicy) }}
      properties={[["status", shared.status, ["ENABLED", "DISABLED"]]]}
      columns={[
        { id: "status", header: shared.status, cell: (each) => <State state={each.status?.toLowerCase()} /> },
        { id: "last", header: shared.lastRun, cell: (each) => when(each.dateLastRun) || strings.none },
      ]}
      actions={[
        {
          id: "edit",
          text: shared.edit,
          reason: one(),
          act: ([policy]) => go(urls.editPolicyOf(policy?.arn ?? "")),
        },
        {
          id: "enable",
          text: words.enable,
          reason: one(rules.enable),
          act: asked(words.enable, words.enableBody, name, (policy) => setStatus(policy, "ENABLED")),
        },
        {
          id: "disable",
          text: words.disable,
          reason: one(rules.disable),
          act: asked(words.disable, words.disableBody, name, (policy) => setStatus(policy, "DISABLED")),
        },
      ]}
      remove={(arn) => imagebuilder(new DeleteLifecyclePolicyCommand({ lifecyclePolicyArn: arn }))}
      whole={(arn = "") => getPolicy(arn)}
      tabs={(policy, whole) => [
        { id: "executions", label: words.executions, content: <Runs policy={policy} /> },
        { id: "details", label: words.details, content: whole && <Details policy={whole} /> },
      ]}
    />
  );
}

function Runs({ policy: { arn = "", status, dateLastRun } }: { policy: Policy }) {
  return (
    <Executions
      of={arn}
      since={`${status} ${dateLastRun}`}
      none={planned.none}
      cancelBody={`${planned.cancelBody} ${planned.tomorrow}`}
    />
  );
}

function Details({ policy }: { policy: LifecyclePolicy }) {
  return (
    <Facts
      facts={{
        [policyForm.role]: policy.executionRole,
        [policyForm.selection]: selectionInWords(policy),
        [policyForm.rules]: (policy.policyDetails ?? []).map(inWords).join("; "),
        [col.created]: when(policy.dateCreated),
        [shared.lastRun]: when(policy.dateLastRun),
        [col.description]: policy.description,
      }}
    />
  );
}
