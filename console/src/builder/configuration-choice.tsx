/** A configuration of a pipeline, to choose: another one is made on a page of its own, in a new tab. */
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useHref } from "react-router-dom";
import { all, tail } from "../aws/builder-lists";
import type { Page } from "../list/use-pages";
import { strings, configurationChoice as words } from "../strings";
import { useAnswer } from "../ui/use-answer";

export function ConfigurationChoice({
  label,
  hint,
  none,
  list,
  create,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  /** What it means to choose none, where one can. */
  none?: string;
  list: (token: string | undefined) => Promise<Page<{ arn?: string }>>;
  create: { text: string; url: string };
  /** An ARN, or empty. */
  value: string;
  onChange: (arn: string) => void;
}) {
  const [asked, setAsked] = useState(0);
  const { answer, problem } = useAnswer(`${asked}`, () => all(list));
  const noOption = none === undefined ? [] : [{ value: "", label: none }];
  const href = useHref(create.url);
  return (
    <FormField
      label={label}
      constraintText={hint}
      errorText={problem?.message}
      secondaryControl={
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            formAction="none"
            iconName="refresh"
            ariaLabel={words.refresh(label)}
            onClick={() => setAsked(asked + 1)}
          />
          <Button
            formAction="none"
            iconName="external"
            iconAlign="right"
            iconAlt={words.newTab}
            href={href}
            target="_blank"
            // The new tab is signed in, too: it gets a copy of what this one holds.
            rel="opener"
          >
            {create.text}
          </Button>
        </SpaceBetween>
      }
    >
      <Select
        selectedOption={value ? { value, label: tail(value) } : (noOption[0] ?? null)}
        options={[...noOption, ...(answer ?? []).map(({ arn }) => ({ value: arn ?? "", label: tail(arn) }))]}
        statusType={answer || problem ? "finished" : "loading"}
        loadingText={strings.loading}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}
