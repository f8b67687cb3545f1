/** Name and description of a configuration. */
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { configurationForm as words } from "../strings";
import { TextField } from "../ui/text-field";
import { descriptionReason, nameReason } from "./resource-name";

export function NameFields({
  name,
  onName,
  description,
  onDescription,
}: {
  name: string;
  /** Null once it has its name. */
  onName: ((name: string) => void) | null;
  description: string;
  onDescription: (description: string) => void;
}) {
  return (
    <Container>
      <SpaceBetween size="m">
        <TextField
          label={words.name}
          constraintText={!onName && words.nameFixed}
          errorText={name && nameReason(name)}
          readOnly={!onName}
          value={name}
          onChange={onName ?? (() => {})}
        />
        <TextField
          label={words.description}
          errorText={descriptionReason(description)}
          value={description}
          onChange={onDescription}
        />
      </SpaceBetween>
    </Container>
  );
}
