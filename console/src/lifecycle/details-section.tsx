/** What a policy is called, and whether it runs. */
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { descriptionReason, nameReason } from "../forms/resource-name";
import { configurationForm as common, policyForm as words } from "../strings";
import { TextField } from "../ui/text-field";
import { roleReason } from "./policy-rules";
import type { Section } from "./section";

/** `named`: it has its name already, for good. */
export function DetailsSection({ fields, change, named }: Section & { named: boolean }) {
  return (
    <Container>
      <SpaceBetween size="m">
        <TextField
          label={words.name}
          constraintText={named && common.nameFixed}
          errorText={fields.name && nameReason(fields.name)}
          value={fields.name}
          readOnly={named}
          onChange={(name) => change({ name })}
        />
        <TextField
          label={words.description}
          errorText={descriptionReason(fields.description)}
          value={fields.description}
          onChange={(description) => change({ description })}
        />
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
      </SpaceBetween>
    </Container>
  );
}
