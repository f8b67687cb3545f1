/** One rule of a policy: whether, and of which age or beyond which count, images are deprecated, disabled, deleted. */
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { policyForm as words } from "../strings";
import { TextField } from "../ui/text-field";
import { ExclusionFields } from "./exclusion-fields";
import { type Action, counts, type RuleFields } from "./fields";
import { retainReason, valueReason } from "./policy-rules";
import { SpanField } from "./span-field";

interface Props {
  action: Action;
  rule: RuleFields;
  onChange: (rule: RuleFields) => void;
  /** Whether its exclusions are its own. */
  apart: boolean;
}

export function RuleSection({ action, rule, onChange, apart }: Props) {
  const verb = words.verbs[action];
  const change = (changed: Partial<RuleFields>) => onChange({ ...rule, ...changed });
  const deletes = action === "DELETE";
  const byCount = counts(action, rule);
  return (
    <Container header={<Header description={words.hints[action]}>{verb}</Header>}>
      <SpaceBetween size="m">
        <Checkbox checked={rule.on} onChange={({ detail }) => change({ on: detail.checked })}>
          {words.turnOn(verb)}
        </Checkbox>
        {rule.on && (
          <>
            {deletes && (
              <FormField label={words.by}>
                <RadioGroup
                  value={rule.by}
                  onChange={({ detail }) => change({ by: detail.value as RuleFields["by"] })}
                  items={[
                    { value: "AGE", label: words.byAge },
                    { value: "COUNT", label: words.byCount },
                  ]}
                />
              </FormField>
            )}
            {byCount ? (
              <TextField
                type="number"
                label={words.newest}
                value={rule.value}
                errorText={valueReason(rule.value)}
                onChange={(value) => change({ value })}
              />
            ) : (
              <SpanField
                label={words.older(verb)}
                value={rule.value}
                unit={rule.unit}
                problem={valueReason(rule.value)}
                onValue={(value) => change({ value })}
                onUnit={(unit) => change({ unit })}
              />
            )}
            {!byCount && (
              <TextField
                type="number"
                label={words.retain}
                constraintText={words.retainHint}
                value={rule.retain}
                errorText={retainReason(rule.retain)}
                onChange={(retain) => change({ retain })}
              />
            )}
            <Checkbox
              checked={rule.amis}
              description={words.amisHint}
              onChange={({ detail }) => change({ amis: detail.checked })}
            >
              {words.amis}
            </Checkbox>
            {deletes && (
              <Checkbox
                checked={rule.amis && rule.snapshots}
                disabled={!rule.amis}
                onChange={({ detail }) => change({ snapshots: detail.checked })}
              >
                {words.snapshots}
              </Checkbox>
            )}
            {apart && (
              <ExpandableSection headerText={words.exclusionsOf(verb)}>
                <ExclusionFields
                  exclusions={rule.exclusions}
                  onChange={(exclusions) => change({ exclusions })}
                />
              </ExpandableSection>
            )}
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}
