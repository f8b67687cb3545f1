import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { isPeer, type RuleField } from "../ingress";
import { securityGroups as words } from "../strings";

const PROTOCOLS = [
  { value: "tcp", label: "TCP" },
  { value: "udp", label: "UDP" },
  { value: "icmp", label: "ICMP" },
  { value: "-1", label: words.everything },
];

export const NEW: RuleField = { id: "", protocol: "tcp", from: "", to: "", peer: "0.0.0.0/0", note: "" };

/** The editor of inbound rules. */
export function RuleFields({
  rules,
  onChange,
}: {
  rules: RuleField[];
  onChange: (rules: RuleField[]) => void;
}) {
  const change = (at: number, changed: Partial<RuleField>) =>
    onChange(rules.map((rule, index) => (index === at ? { ...rule, ...changed } : rule)));
  const text = (label: string, field: "from" | "to" | "peer" | "note") => ({
    label,
    control: (rule: RuleField, at: number) => (
      <Input
        value={rule[field]}
        ariaLabel={label}
        disabled={(field === "from" || field === "to") && !["tcp", "udp"].includes(rule.protocol)}
        onChange={({ detail }) =>
          change(at, { [field]: field === "note" ? detail.value : detail.value.trim() })
        }
      />
    ),
  });
  return (
    <AttributeEditor
      items={rules}
      addButtonText={words.add}
      removeButtonText={words.removeRule}
      empty={words.empty}
      onAddButtonClick={() => onChange([...rules, NEW])}
      onRemoveButtonClick={({ detail }) => onChange(rules.filter((_, at) => at !== detail.itemIndex))}
      gridLayout={[{ rows: [[2, 1, 1, 3, 3]], removeButton: { width: "auto" } }]}
      definition={[
        {
          label: words.type,
          control: (rule, at) => (
            <Select
              ariaLabel={words.type}
              selectedOption={PROTOCOLS.find((each) => each.value === rule.protocol) ?? null}
              options={PROTOCOLS}
              onChange={({ detail }) =>
                change(at, { protocol: detail.selectedOption.value as RuleField["protocol"] })
              }
            />
          ),
        },
        text(words.fromPort, "from"),
        text(words.toPort, "to"),
        {
          ...text(words.source, "peer"),
          errorText: (rule) => (rule.peer && !isPeer(rule.peer) ? words.sourceBad : undefined),
        },
        text(words.note, "note"),
      ]}
    />
  );
}
