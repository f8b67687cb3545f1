/** The rules of a policy, one of each kind; those that the form does not show are named. */
import type { LifecyclePolicyDetail } from "@aws-sdk/client-imagebuilder";
import Alert from "@cloudscape-design/components/alert";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { policyForm as words } from "../strings";
import { ACTIONS } from "./fields";
import { inWords } from "./in-words";
import { rulesReason } from "./policy-rules";
import { hiddenOf } from "./prefill";
import { RuleSection } from "./rule-section";
import type { Section } from "./section";

export function RulesSection({ fields, change, before }: Section & { before?: LifecyclePolicyDetail[] }) {
  const hidden = hiddenOf(before ?? []);
  const problem = rulesReason(fields, before);
  return (
    <SpaceBetween size="m">
      <Header variant="h2" description={words.rulesHint}>
        {words.rules}
      </Header>
      {hidden.length > 0 && (
        <Alert type={problem ? "warning" : "info"}>
          {words.hidden(hidden.map(inWords).join("; "))} {problem}
        </Alert>
      )}
      {ACTIONS.map((action) => (
        <RuleSection
          key={action}
          action={action}
          rule={fields.rules[action]}
          apart={fields.apart}
          onChange={(rule) => change({ rules: { ...fields.rules, [action]: rule } })}
        />
      ))}
    </SpaceBetween>
  );
}
