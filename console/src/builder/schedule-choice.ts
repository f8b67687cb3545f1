/** When a pipeline runs, as the form shows it: by hand, every so often, or by a cron expression. */
import type { Schedule } from "@aws-sdk/client-imagebuilder";
import { isWhole } from "../numbers";
import type { Reason } from "../rules";
import { schedules as words } from "../strings";
import { CRON, RATE, rateOf } from "./schedule";

export interface ScheduleChoice {
  kind: "manual" | "rate" | "cron";
  count: string;
  unit: "minute" | "hour" | "day";
  cron: string;
  zone: string;
  onlyChanged: boolean;
}

export const MANUAL: ScheduleChoice = {
  kind: "manual",
  count: "1",
  unit: "day",
  cron: "0 4 * * ? *",
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  onlyChanged: true,
};

/** builder/schedule.py: _RATE. */
const MOST = 99999;

/** The schedule's expression; empty for none. */
export function expressionOf(choice: ScheduleChoice): string {
  if (choice.kind === "rate") return rateOf(Number(choice.count), choice.unit);
  return choice.kind === "cron" ? `cron(${choice.cron.trim()})` : "";
}

/** What is against it here; what is against a cron expression only the server knows. */
export const scheduleReason = ({ kind, count }: ScheduleChoice): Reason =>
  kind === "rate" && !isWhole(count, 1, MOST) ? words.countBad(MOST) : null;

export function choiceOf(schedule: Schedule | undefined): ScheduleChoice {
  const expression = schedule?.scheduleExpression ?? "";
  const given: ScheduleChoice = {
    ...MANUAL,
    zone: schedule?.timezone ?? MANUAL.zone,
    onlyChanged: schedule?.pipelineExecutionStartCondition !== "EXPRESSION_MATCH_ONLY",
  };
  const [, count, unit] = RATE.exec(expression) ?? [];
  if (count && unit) return { ...given, kind: "rate", count, unit: unit as ScheduleChoice["unit"] };
  const cron = CRON.exec(expression)?.[1];
  return cron ? { ...given, kind: "cron", cron } : given;
}

/** As the API takes it. What else a schedule says (when it disables its pipeline) stays. */
export function scheduleOf(choice: ScheduleChoice, before?: Schedule): Schedule | undefined {
  const scheduleExpression = expressionOf(choice);
  if (!scheduleExpression) return undefined;
  return {
    ...before,
    scheduleExpression,
    timezone: choice.zone,
    pipelineExecutionStartCondition: choice.onlyChanged
      ? "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
      : "EXPRESSION_MATCH_ONLY",
  };
}
