import FormField, { type FormFieldProps } from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

/** A line of text, or a number, with its label. */
export function TextField({
  value,
  placeholder,
  readOnly,
  type = "text",
  onChange,
  ...field
}: Pick<FormFieldProps, "label" | "description" | "constraintText" | "errorText"> & {
  value: string;
  placeholder?: string;
  readOnly?: boolean;
  type?: "text" | "number";
  onChange: (value: string) => void;
}) {
  return (
    <FormField {...field}>
      <Input
        type={type}
        value={value}
        placeholder={placeholder}
        readOnly={readOnly}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
