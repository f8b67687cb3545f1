/** What a policy is called, and whether it runs. */
import Toggle from "@cloudscape-design/components/toggle";
import { NameFields } from "../builder/name-fields";
import { policyForm as words } from "../strings";
import { TextField } from "../ui/text-field";
import { roleReason } from "./policy-rules";
import type { Section } from "./section";

/** `named`: it has its name already, for good. */
export function DetailsSection({ fields, change, named }: Section & { named: boolean }) {
  return (
    <NameFields
      label={words.name}
      name={fields.name}
      onName={named ? null : (name) => change({ name })}
      description={fields.description}
      onDescription={(description) => change({ description })}
    >
      <TextField
        label={words.role}
        constraintText={words.roleHint}
        errorText={roleReason(fields.role)}
        value={fields.role}
        onChange={(role) => change({ role: role.trim() })}
      />
      <Toggle checked={fields.enabled} onChange={({ detail }) => change({ enabled: detail.checked })}>
        {words.enabled}
      </Toggle>
    </NameFields>
  );
}
