/** Name and description of a configuration, and what else its form begins with. */
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { descriptionReason, nameReason } from "../forms/resource-name";
import { configurationForm as words } from "../strings";
import { TextField } from "../ui/text-field";

export function NameFields({
  label = words.name,
  name,
  onName,
  description,
  onDescription,
  children,
}: {
  label?: string;
  name: string;
  /** Null once it has its name. */
  onName: ((name: string) => void) | null;
  description: string;
  onDescription: (description: string) => void;
  children?: ReactNode;
}) {
  return (
    <Container>
      <SpaceBetween size="m">
        <TextField
          label={label}
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
        {children}
      </SpaceBetween>
    </Container>
  );
}
