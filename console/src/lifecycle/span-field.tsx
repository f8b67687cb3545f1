/** A number and its unit of time. */

import type { LifecyclePolicyTimeUnit } from "@aws-sdk/client-imagebuilder";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Reason } from "../rules";
import { policyForm as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { TextField } from "../ui/text-field";

const UNITS = Object.entries(words.units).map(([value, label]) => ({ value, label }));

interface Props {
  label: string;
  value: string;
  unit: LifecyclePolicyTimeUnit;
  problem: Reason;
  onValue: (value: string) => void;
  onUnit: (unit: LifecyclePolicyTimeUnit) => void;
}

export function SpanField({ label, value, unit, problem, onValue, onUnit }: Props) {
  return (
    <SpaceBetween direction="horizontal" size="s">
      <TextField type="number" label={label} errorText={problem} value={value} onChange={onValue} />
      <SelectField
        label={words.unit}
        value={unit}
        options={UNITS}
        onChange={(chosen) => onUnit(chosen as LifecyclePolicyTimeUnit)}
      />
    </SpaceBetween>
  );
}
