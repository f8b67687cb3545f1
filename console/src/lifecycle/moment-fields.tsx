/** When an image's state changes: now, or on a day at a time. */
import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import { stateUpdate as words } from "../strings";
import { momentReason, type UpdateFields } from "./state-update";

interface Props {
  fields: UpdateFields;
  change: (changed: Partial<UpdateFields>) => void;
}

export function MomentFields({ fields, change }: Props) {
  return (
    <>
      <FormField label={words.moment}>
        <RadioGroup
          value={fields.later ? "later" : "now"}
          onChange={({ detail }) => change({ later: detail.value === "later" })}
          items={[
            { value: "now", label: words.now },
            { value: "later", label: words.later, description: words.laterHint },
          ]}
        />
      </FormField>
      {fields.later && (
        <SpaceBetween direction="horizontal" size="s">
          <FormField label={words.day} errorText={momentReason(fields, Date.now())}>
            <DatePicker
              value={fields.day}
              onChange={({ detail }) => change({ day: detail.value })}
              openCalendarAriaLabel={(chosen) => `${words.chooseDay}${chosen ? `, ${chosen}` : ""}`}
            />
          </FormField>
          <FormField label={words.time} constraintText={words.timeHint}>
            <TimeInput
              format="hh:mm"
              value={fields.time}
              onChange={({ detail }) => change({ time: detail.value })}
            />
          </FormField>
        </SpaceBetween>
      )}
    </>
  );
}
