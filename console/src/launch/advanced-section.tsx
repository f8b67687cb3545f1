import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { launch as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { hopProblem, profileProblem, userDataProblem } from "./check";
import type { LaunchFields } from "./fields";
import type { Section } from "./sections";

export function AdvancedSection({ fields, change }: Section) {
  const box = (name: "terminationProtection" | "stopProtection" | "metadata" | "tokens" | "metadataTags") => (
    <Checkbox checked={fields[name]} onChange={({ detail }) => change({ [name]: detail.checked })}>
      {words[name]}
    </Checkbox>
  );
  return (
    <ExpandableSection variant="container" headerText={words.advanced}>
      <SpaceBetween size="m">
        <FormField
          label={words.profile}
          constraintText={words.profileHint}
          errorText={profileProblem(fields.profile)}
        >
          <Input value={fields.profile} onChange={({ detail }) => change({ profile: detail.value.trim() })} />
        </FormField>
        <SelectField
          label={words.shutdown}
          hint={words.shutdownHint}
          value={fields.shutdown}
          options={[
            { value: "", label: words.shutdownUsual },
            { value: "stop", label: words.shutdownStop },
            { value: "terminate", label: words.shutdownTerminate },
          ]}
          onChange={(shutdown) => change({ shutdown: shutdown as LaunchFields["shutdown"] })}
        />
        {box("terminationProtection")}
        {box("stopProtection")}
        {box("metadata")}
        {box("tokens")}
        {box("metadataTags")}
        <FormField
          label={words.hopLimit}
          constraintText={words.hopLimitHint}
          errorText={hopProblem(fields.hopLimit)}
        >
          <Input
            type="number"
            value={fields.hopLimit}
            onChange={({ detail }) => change({ hopLimit: detail.value })}
          />
        </FormField>
        <FormField
          label={words.userData}
          constraintText={words.userDataHint}
          errorText={userDataProblem(fields.userData)}
        >
          <Textarea
            value={fields.userData}
            rows={8}
            onChange={({ detail }) => change({ userData: detail.value })}
          />
        </FormField>
      </SpaceBetween>
    </ExpandableSection>
  );
}
