/** The root volume, and further ones: the image's others, and new ones. */
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { launch as words } from "../strings";
import { SelectField } from "../ui/select-field";
import { VOLUME_TYPES } from "../volume-types";
import { volumeProblem } from "./check";
import { FURTHER_VOLUME, freeDevice, type VolumeField } from "./fields";
import type { Section } from "./sections";

const typesFor = (volume: VolumeField) => [
  ...(volume.least || volume.type === "" ? [{ value: "", label: words.asImage }] : []),
  ...VOLUME_TYPES.map((value) => ({ value, label: value })),
];

export function StorageSection({ fields, change }: Section) {
  const { volumes, rootDevice } = fields;
  const root = rootDevice === "" ? undefined : volumes.find((each) => each.device === rootDevice);
  const others = volumes.filter((each) => each !== root);
  const put = (next: VolumeField[]) => change({ volumes: root ? [root, ...next] : next });
  const changeRoot = (changed: Partial<VolumeField>) =>
    root && change({ volumes: [{ ...root, ...changed }, ...others] });
  const changeOther = (at: number, changed: Partial<VolumeField>) =>
    put(others.map((each, index) => (index === at ? { ...each, ...changed } : each)));
  const text = (label: string, field: "device" | "size" | "iops" | "throughput" | "snapshot") => ({
    label,
    control: (volume: VolumeField, at: number) => (
      <Input
        value={volume[field]}
        ariaLabel={label}
        type={field === "device" || field === "snapshot" ? "text" : "number"}
        placeholder={field === "size" && volume.least ? String(volume.least) : ""}
        disabled={volume.least > 0 && (field === "device" || field === "snapshot")}
        onChange={({ detail }) => changeOther(at, { [field]: detail.value.trim() })}
      />
    ),
  });
  return (
    <Container header={<Header>{words.storage}</Header>}>
      <SpaceBetween size="m">
        {root && (
          <ColumnLayout columns={2}>
            <FormField
              label={words.rootSize}
              constraintText={words.rootSizeHint(root.least)}
              errorText={volumeProblem(root, volumes)}
            >
              <Input
                type="number"
                value={root.size}
                placeholder={String(root.least)}
                onChange={({ detail }) => changeRoot({ size: detail.value })}
              />
            </FormField>
            <SelectField
              label={words.rootType}
              value={root.type}
              options={typesFor(root)}
              onChange={(type) => changeRoot({ type })}
            />
            <Checkbox
              checked={root.deleteOnTermination}
              onChange={({ detail }) => changeRoot({ deleteOnTermination: detail.checked })}
            >
              {words.deleteRoot}
            </Checkbox>
          </ColumnLayout>
        )}
        <AttributeEditor
          items={others}
          addButtonText={words.addVolume}
          removeButtonText={words.removeVolume}
          empty={words.noVolumes}
          onAddButtonClick={() => put([...others, { ...FURTHER_VOLUME, device: freeDevice(volumes) }])}
          onRemoveButtonClick={({ detail }) => put(others.filter((_, at) => at !== detail.itemIndex))}
          gridLayout={[
            {
              rows: [
                [3, 2, 2, 2, 3],
                [3, 3],
              ],
              removeButton: { width: "auto" },
            },
          ]}
          definition={[
            { ...text(words.device, "device"), errorText: (volume) => volumeProblem(volume, volumes) },
            text(words.size, "size"),
            {
              label: words.volumeType,
              control: (volume, at) => (
                <Select
                  ariaLabel={words.volumeType}
                  selectedOption={typesFor(volume).find((each) => each.value === volume.type) ?? null}
                  options={typesFor(volume)}
                  onChange={({ detail }) => changeOther(at, { type: detail.selectedOption.value ?? "" })}
                />
              ),
            },
            text(words.iops, "iops"),
            text(words.snapshot, "snapshot"),
            text(words.throughput, "throughput"),
            {
              label: words.atEnd,
              control: (volume, at) => (
                <Checkbox
                  checked={volume.deleteOnTermination}
                  onChange={({ detail }) => changeOther(at, { deleteOnTermination: detail.checked })}
                >
                  {words.atEndDelete}
                </Checkbox>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
