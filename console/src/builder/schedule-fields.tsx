/** When a pipeline runs: by hand, every so often, or by a cron expression; with the next times, by the server. */
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { amiable } from "../aws/amiable";
import { schedules as words } from "../strings";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { useSettled } from "../ui/use-settled";
import { inWords } from "./schedule";
import { expressionOf, MANUAL, type ScheduleChoice, scheduleReason } from "./schedule-choice";

const UNITS = [
  { value: "minute", label: words.minutes },
  { value: "hour", label: words.hours },
  { value: "day", label: words.days },
];
const ZONES = [...new Set(["UTC", MANUAL.zone, ...Intl.supportedValuesOf("timeZone")])].map((value) => ({
  value,
  label: value,
}));

export function ScheduleFields({
  choice,
  onChange,
}: {
  choice: ScheduleChoice;
  onChange: (choice: ScheduleChoice) => void;
}) {
  const change = (changed: Partial<ScheduleChoice>) => onChange({ ...choice, ...changed });
  return (
    <Container header={<Header>{words.title}</Header>}>
      <SpaceBetween size="m">
        <RadioGroup
          ariaLabel={words.title}
          value={choice.kind}
          onChange={({ detail }) => change({ kind: detail.value as ScheduleChoice["kind"] })}
          items={[
            { value: "manual", label: words.manual, description: words.manualHint },
            { value: "rate", label: words.rate },
            { value: "cron", label: words.cron },
          ]}
        />
        {choice.kind === "rate" && (
          <SpaceBetween direction="horizontal" size="s">
            <FormField label={words.every} errorText={scheduleReason(choice)}>
              <Input
                type="number"
                value={choice.count}
                onChange={({ detail }) => change({ count: detail.value })}
              />
            </FormField>
            <FormField label={words.unit}>
              <Select
                selectedOption={UNITS.find((each) => each.value === choice.unit) ?? null}
                options={UNITS}
                onChange={({ detail }) =>
                  change({ unit: detail.selectedOption.value as ScheduleChoice["unit"] })
                }
              />
            </FormField>
          </SpaceBetween>
        )}
        {choice.kind === "cron" && (
          <>
            <FormField label={words.expression} constraintText={words.expressionHint}>
              <Input value={choice.cron} onChange={({ detail }) => change({ cron: detail.value })} />
            </FormField>
            <FormField label={words.zone}>
              <Select
                selectedOption={{ value: choice.zone, label: choice.zone }}
                options={ZONES}
                filteringType="auto"
                virtualScroll
                onChange={({ detail }) => change({ zone: detail.selectedOption.value ?? "UTC" })}
              />
            </FormField>
          </>
        )}
        {choice.kind !== "manual" && (
          <>
            {!scheduleReason(choice) && <NextRuns expression={expressionOf(choice)} zone={choice.zone} />}
            <FormField label={words.condition}>
              <RadioGroup
                value={choice.onlyChanged ? "changed" : "always"}
                onChange={({ detail }) => change({ onlyChanged: detail.value === "changed" })}
                items={[
                  { value: "changed", label: words.changed },
                  { value: "always", label: words.always },
                ]}
              />
            </FormField>
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}

function NextRuns({ expression, zone }: { expression: string; zone: string }) {
  const asked = useSettled(`${expression} in ${zone}`);
  const { answer, problem } = useAnswer(asked, () =>
    amiable<{ Times: number[] }>("GetScheduleTimes", { ScheduleExpression: expression, Timezone: zone }),
  );
  const shown = (seconds: number) =>
    new Date(seconds * 1000).toLocaleString(undefined, {
      timeZone: zone,
      dateStyle: "medium",
      timeStyle: "short",
    });
  return (
    <div aria-live="polite">
      <Trouble problem={problem} />
      {answer && (
        <span>
          {inWords(expression, zone)}.{" "}
          {answer.Times.length ? words.next(answer.Times.map(shown).join("; ")) : words.never}
        </span>
      )}
    </div>
  );
}
