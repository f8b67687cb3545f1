/** What a policy leaves alone: AMIs in use, and what all its rules exclude, unless each has exclusions of its own. */
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { policyForm as words } from "../strings";
import { ExclusionFields } from "./exclusion-fields";
import { ACTIONS, withExclusions } from "./fields";
import type { Section } from "./section";

export function ExclusionsSection({ fields, change }: Section) {
  const { rules, apart } = fields;
  const { exclusions } = rules[ACTIONS.find((action) => rules[action].on) ?? ACTIONS[0]];
  return (
    <Container header={<Header description={words.exclusionsHint}>{words.exclusions}</Header>}>
      <SpaceBetween size="m">
        <Checkbox
          checked={fields.keepUsed}
          description={words.keepUsedHint}
          onChange={({ detail }) => change({ keepUsed: detail.checked })}
        >
          {words.keepUsed}
        </Checkbox>
        <Checkbox
          checked={apart}
          onChange={({ detail }) =>
            change({
              apart: detail.checked,
              rules: detail.checked ? rules : withExclusions(rules, exclusions),
            })
          }
        >
          {words.apart}
        </Checkbox>
        {!apart && (
          <ExclusionFields
            exclusions={exclusions}
            onChange={(changed) => change({ rules: withExclusions(rules, changed) })}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}
