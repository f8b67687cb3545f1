/** What a rule leaves alone, whatever its age. */
import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { regionNames } from "../aws/regions";
import { policyForm as words } from "../strings";
import { TagFields } from "../ui/tag-fields";
import { TextField } from "../ui/text-field";
import { useAnswer } from "../ui/use-answer";
import type { Exclusions } from "./fields";
import { accountsReason, launchedReason, tagReason } from "./policy-rules";
import { SpanField } from "./span-field";

interface Props {
  exclusions: Exclusions;
  onChange: (exclusions: Exclusions) => void;
}

export function ExclusionFields({ exclusions, onChange }: Props) {
  const { answer, problem } = useAnswer("regions", regionNames);
  const change = (changed: Partial<Exclusions>) => onChange({ ...exclusions, ...changed });
  const tags = (label: string, name: "amiTags" | "imageTags") => (
    <SpaceBetween size="xs">
      <Box variant="awsui-key-label">{label}</Box>
      <TagFields
        tags={exclusions[name]}
        onChange={(changed) => change({ [name]: changed })}
        problem={(tag) => tagReason(tag, exclusions[name])}
      />
    </SpaceBetween>
  );
  return (
    <SpaceBetween size="m">
      <Checkbox
        checked={exclusions.publicAmis}
        onChange={({ detail }) => change({ publicAmis: detail.checked })}
      >
        {words.publicAmis}
      </Checkbox>
      <FormField label={words.regions} errorText={problem?.message}>
        <Multiselect
          selectedOptions={exclusions.regions.map((value) => ({ value, label: value }))}
          options={(answer ?? []).map((value) => ({ value, label: value }))}
          onChange={({ detail }) =>
            change({ regions: detail.selectedOptions.map((each) => each.value ?? "") })
          }
        />
      </FormField>
      <TextField
        label={words.accounts}
        constraintText={words.accountsHint}
        errorText={accountsReason(exclusions.accounts)}
        value={exclusions.accounts}
        onChange={(accounts) => change({ accounts })}
      />
      <SpanField
        label={words.launched}
        value={exclusions.launched}
        unit={exclusions.launchedUnit}
        problem={launchedReason(exclusions.launched)}
        onValue={(launched) => change({ launched })}
        onUnit={(launchedUnit) => change({ launchedUnit })}
      />
      {tags(words.amiTags, "amiTags")}
      {tags(words.imageTags, "imageTags")}
    </SpaceBetween>
  );
}
