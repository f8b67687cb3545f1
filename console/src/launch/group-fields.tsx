/** The security groups of a launch: those that there are, or a new one with the rules of some boxes. */
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { launch as words } from "../strings";
import { sourceProblem } from "./check";
import type { LaunchFields } from "./fields";
import { GroupSelect } from "./group-select";
import type { Section } from "./sections";

export function GroupFields({
  fields,
  change,
  vpc,
  fixed,
}: Section & {
  vpc: string;
  fixed: boolean;
}) {
  const box = (name: "ssh" | "https" | "http", text: string) => (
    <Checkbox
      checked={fields[name]}
      disabled={fixed}
      onChange={({ detail }) => change({ [name]: detail.checked })}
    >
      {text}
    </Checkbox>
  );
  return (
    <SpaceBetween size="m">
      <RadioGroup
        ariaLabel={words.groups}
        value={fields.groupMode}
        onChange={({ detail }) => change({ groupMode: detail.value as LaunchFields["groupMode"] })}
        items={[
          { value: "new", label: words.createGroup },
          { value: "existing", label: words.existingGroup },
        ]}
      />
      {fields.groupMode === "new" ? (
        <SpaceBetween size="xs">
          {box("ssh", words.ssh)}
          {fields.ssh && (
            <FormField
              label={words.sshFrom}
              errorText={sourceProblem(fields)}
              constraintText={fields.sshFrom === "0.0.0.0/0" && words.openToAll}
            >
              <Input
                value={fields.sshFrom}
                disabled={fixed}
                onChange={({ detail }) => change({ sshFrom: detail.value.trim() })}
              />
            </FormField>
          )}
          {box("https", words.https)}
          {box("http", words.http)}
        </SpaceBetween>
      ) : (
        <GroupSelect vpc={vpc} groups={fields.groups} onChange={(groups) => change({ groups })} />
      )}
    </SpaceBetween>
  );
}
