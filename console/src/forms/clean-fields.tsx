/** Whether an image is cleaned before it is made, and what of it is left as it is. */
import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { OPERATIONS } from "../aws/cleaning";
import { cleaning as words } from "../strings";

export interface Clean {
  wanted: boolean;
  /** Operations that are left out. */
  keep: string[];
  /** Names of services, separated by blanks or commas. */
  services: string;
}

export function CleanFields({ clean, onChange }: { clean: Clean; onChange: (clean: Clean) => void }) {
  const toggle = (name: string, remove: boolean) =>
    onChange({ ...clean, keep: remove ? clean.keep.filter((each) => each !== name) : [...clean.keep, name] });
  return (
    <Container header={<Header description={words.intro}>{words.title}</Header>}>
      <SpaceBetween size="m">
        <Checkbox
          checked={clean.wanted}
          description={words.hint}
          onChange={({ detail }) => onChange({ ...clean, wanted: detail.checked })}
        >
          {words.wanted}
        </Checkbox>
        {clean.wanted && (
          <>
            <ColumnLayout columns={2}>
              {OPERATIONS.map((name) => (
                <Checkbox
                  key={name}
                  checked={!clean.keep.includes(name)}
                  description={words.operations[name]}
                  onChange={({ detail }) => toggle(name, detail.checked)}
                >
                  {name}
                </Checkbox>
              ))}
            </ColumnLayout>
            <FormField label={words.services} constraintText={words.servicesHint}>
              <Input
                value={clean.services}
                onChange={({ detail }) => onChange({ ...clean, services: detail.value })}
              />
            </FormField>
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** The names in a field. */
export const namesIn = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
