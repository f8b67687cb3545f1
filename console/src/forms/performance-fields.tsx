/** Type, size and speed of a volume. */
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { launch, volumes as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { VOLUME_TYPES } from "../volume-types";

export interface Performance {
  type: string;
  /** GiB; empty for the snapshot's. */
  size: string;
  iops: string;
  /** MiB a second. */
  throughput: string;
}

/** api/ec2/volume_types.py: whose IOPS and throughput can be chosen. */
export const hasIops = (type: string) => ["gp3", "io1", "io2"].includes(type);
export const hasThroughput = (type: string) => type === "gp3";

const number = (text: string) => (text === "" ? undefined : Number(text));

/** As the API takes it; what the type has no choice of is left out. */
export const performanceOf = (fields: Performance) => ({
  VolumeType: fields.type,
  Size: number(fields.size),
  Iops: hasIops(fields.type) ? number(fields.iops) : undefined,
  Throughput: hasThroughput(fields.type) ? number(fields.throughput) : undefined,
});

export function PerformanceFields({
  fields,
  onChange,
}: {
  fields: Performance;
  onChange: (fields: Performance) => void;
}) {
  const field = (label: string, name: "size" | "iops" | "throughput") => (
    <FormField label={label}>
      <Input
        type="number"
        value={fields[name]}
        onChange={({ detail }) => onChange({ ...fields, [name]: detail.value })}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="m">
      <SelectField
        label={words.type}
        value={fields.type}
        options={VOLUME_TYPES.map((value) => ({ value, label: value }))}
        onChange={(type) => onChange({ ...fields, type, iops: "", throughput: "" })}
      />
      {field(words.size, "size")}
      {hasIops(fields.type) && field(launch.iops, "iops")}
      {hasThroughput(fields.type) && field(launch.throughput, "throughput")}
    </SpaceBetween>
  );
}
