import FormField from "@cloudscape-design/components/form-field";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import type { ReactNode } from "react";
import { strings } from "../strings";

/** A labelled choice of one value; searchable when it is long. */
export function SelectField({
  label,
  value,
  options,
  onChange,
  hint,
  placeholder,
  disabled = false,
  loading = false,
}: {
  label: string;
  value: string;
  options: (SelectProps.Option & { value: string })[];
  onChange: (value: string) => void;
  hint?: ReactNode;
  placeholder?: string;
  disabled?: boolean;
  loading?: boolean;
}) {
  return (
    <FormField label={label} constraintText={hint}>
      <Select
        selectedOption={
          options.find((each) => each.value === value) ?? (value ? { value, label: value } : null)
        }
        options={options}
        placeholder={placeholder}
        disabled={disabled}
        filteringType={options.length > 10 ? "auto" : "none"}
        statusType={loading ? "loading" : "finished"}
        loadingText={strings.loading}
        empty={strings.list.empty}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}
