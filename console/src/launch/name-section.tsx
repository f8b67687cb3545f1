import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { launch as words } from "../strings";
import { TagFields } from "../ui/tag-fields";
import type { Section } from "./sections";

export function NameSection({ fields, change }: Section) {
  return (
    <Container header={<Header>{words.nameTags}</Header>}>
      <SpaceBetween size="m">
        <FormField label={words.name}>
          <Input value={fields.name} onChange={({ detail }) => change({ name: detail.value })} />
        </FormField>
        <TagFields tags={fields.tags} onChange={(tags) => change({ tags })} />
      </SpaceBetween>
    </Container>
  );
}
