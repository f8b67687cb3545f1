/** Which workflows a pipeline names, and with which values of their parameters. */
import type { WorkflowConfiguration } from "@aws-sdk/client-imagebuilder";

/** In the order in which a build goes through them. */
export const STAGES = ["BUILD", "TEST", "DISTRIBUTION"] as const;
export type Stage = (typeof STAGES)[number];

/** `arn:…:workflow/<type>/<name>/<version>/<build>` (api/imagebuilder/arns.py). */
const partsOf = (arn: string): string[] => arn.split("/");

export const stageOf = (arn: string): Stage | undefined =>
  STAGES.find((stage) => stage.toLowerCase() === partsOf(arn)[1]);

/** Name and version, as a person reads them. */
export const nameOf = (arn: string): string => partsOf(arn).slice(2).join(" ");

/** api/imagebuilder/arns.py: Arn.covers; whether an ARN, with x or a build, names the version of another. */
export function covers(wanted: string, version: string): boolean {
  const [asked, there] = [partsOf(wanted), partsOf(version)];
  const numbers = (there[3] ?? "").split(".");
  return (
    [0, 1, 2].every((at) => asked[at] === there[at]) &&
    (asked[3] ?? "x.x.x").split(".").every((part, at) => part === "x" || Number(part) === Number(numbers[at]))
  );
}

/** The values of a parameter as text, a line a value. */
export const textOf = ({ parameters }: WorkflowConfiguration, name: string): string =>
  parameters?.find((each) => each.name === name)?.value?.join("\n") ?? "";

/** With another value of one parameter; an empty text leaves it at its default. What else it says stays. */
export function withValue(
  chosen: WorkflowConfiguration,
  name: string,
  type: string,
  text: string,
): WorkflowConfiguration {
  const others = (chosen.parameters ?? []).filter((each) => each.name !== name);
  const value = type === "stringList" ? text.split("\n") : [text];
  const parameters = text === "" ? others : [...others, { name, value }];
  return { ...chosen, parameters: parameters.length ? parameters : undefined };
}
