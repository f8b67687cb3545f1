import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { ec2 } from "../aws/ec2";
import { hasPorts, isPeer, NEW_RULE, PRESETS, presetOf, type RuleField } from "../group-rules";
import { securityGroups as words } from "../strings";
import { useAnswer } from "../ui/use-answer";

const TYPES = PRESETS.map(({ id }) => ({ value: id, label: id }));

/** How the caller looks from the network, as a CIDR block; web/gateway.py: checkip. */
async function myAddress(): Promise<string> {
  const answer = await fetch(`${location.origin}/checkip`);
  return answer.ok ? (await answer.text()).trim() : "";
}

function usePeers(): AutosuggestProps.Options {
  const mine = useAnswer("my address", myAddress);
  const groups = useAnswer("groups", () => ec2(new DescribeSecurityGroupsCommand({})));
  return [
    { value: "0.0.0.0/0", description: words.anywhere },
    ...(mine.answer ? [{ value: mine.answer, description: words.myAddress }] : []),
    {
      label: words.title,
      options: (groups.answer?.SecurityGroups ?? []).map((each) => ({
        value: each.GroupId ?? "",
        description: `${each.GroupName} · ${each.VpcId}`,
      })),
    },
  ];
}

/** The editor of the rules in one direction. */
export function RuleFields({
  rules,
  egress,
  onChange,
}: {
  rules: RuleField[];
  egress: boolean;
  onChange: (rules: RuleField[]) => void;
}) {
  const peers = usePeers();
  const change = (at: number, changed: Partial<RuleField>) =>
    onChange(rules.map((rule, index) => (index === at ? { ...rule, ...changed } : rule)));
  const text = (label: string, field: "from" | "to" | "note") => ({
    label,
    control: (rule: RuleField, at: number) => (
      <Input
        value={rule[field]}
        ariaLabel={label}
        disabled={field !== "note" && !hasPorts(rule)}
        onChange={({ detail }) =>
          change(at, { [field]: field === "note" ? detail.value : detail.value.trim() })
        }
      />
    ),
  });
  const peer = egress ? words.destination : words.source;
  return (
    <AttributeEditor
      items={rules}
      addButtonText={words.add}
      removeButtonText={words.removeRule}
      empty={egress ? words.noneOut : words.empty}
      onAddButtonClick={() => onChange([...rules, NEW_RULE])}
      onRemoveButtonClick={({ detail }) => onChange(rules.filter((_, at) => at !== detail.itemIndex))}
      gridLayout={[{ rows: [[2, 1, 1, 3, 3]], removeButton: { width: "auto" } }]}
      definition={[
        {
          label: words.type,
          control: (rule, at) => (
            <Select
              ariaLabel={words.type}
              selectedOption={{ value: presetOf(rule), label: presetOf(rule) }}
              options={TYPES}
              filteringType="auto"
              onChange={({ detail }) => {
                const chosen = PRESETS.find(({ id }) => id === detail.selectedOption.value);
                if (chosen) change(at, { protocol: chosen.protocol, from: chosen.from, to: chosen.to });
              }}
            />
          ),
        },
        text(words.fromPort, "from"),
        text(words.toPort, "to"),
        {
          label: peer,
          errorText: (rule) => (rule.peer && !isPeer(rule.peer) ? words.sourceBad : undefined),
          control: (rule, at) => (
            <Autosuggest
              value={rule.peer}
              ariaLabel={peer}
              options={peers}
              enteredTextLabel={(value) => value}
              onChange={({ detail }) => change(at, { peer: detail.value.trim() })}
            />
          ),
        },
        text(words.note, "note"),
      ]}
    />
  );
}
