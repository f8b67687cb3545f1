import type { ImagePipeline } from "@aws-sdk/client-imagebuilder";
import { expect, test } from "vitest";
import { fieldsOf, membersOf } from "./pipeline-fields";
import { choiceOf, expressionOf, scheduleOf, scheduleReason } from "./schedule-choice";

const pipeline: ImagePipeline = {
  description: "each night",
  imageRecipeArn: "arn:recipe",
  infrastructureConfigurationArn: "arn:infrastructure",
  imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: 90 },
  schedule: {
    scheduleExpression: "cron(0 3 * * ? *)",
    timezone: "Europe/Berlin",
    pipelineExecutionStartCondition: "EXPRESSION_MATCH_ONLY",
    autoDisablePolicy: { failureCount: 2 },
  },
  workflows: [{ workflowArn: "arn:workflow/test/t/1.0.0", parallelGroup: "g", onFailure: "CONTINUE" }],
};

test("what nobody changes of a pipeline is said again as it was", () => {
  const fields = fieldsOf(pipeline);
  expect(membersOf(fields, fields.infrastructure, pipeline)).toEqual({
    ...pipeline,
    distributionConfigurationArn: undefined,
  });
});

test("what the form does not show of tests and schedule stays when the rest changes", () => {
  const schedule = {
    ...choiceOf(pipeline.schedule),
    kind: "rate" as const,
    count: "2",
    unit: "day" as const,
  };
  const members = membersOf({ ...fieldsOf(pipeline), tests: false, schedule }, "arn:other", pipeline);
  expect(members.imageTestsConfiguration).toEqual({ imageTestsEnabled: false, timeoutMinutes: 90 });
  expect(members.schedule).toEqual({ ...pipeline.schedule, scheduleExpression: "rate(2 days)" });
  expect(members.infrastructureConfigurationArn).toBe("arn:other");
});

test("a pipeline without workflows of its own names none", () => {
  const members = membersOf({ ...fieldsOf(pipeline), workflows: [] }, "arn:other", pipeline);
  expect(members.workflows).toBeUndefined();
});

test("schedules there and back", () => {
  for (const scheduleExpression of ["rate(1 hour)", "rate(10 minutes)", "cron(30 4 ? * MON-FRI *)"]) {
    expect(expressionOf(choiceOf({ scheduleExpression }))).toBe(scheduleExpression);
  }
  expect(scheduleOf(choiceOf(undefined))).toBeUndefined();
  expect(choiceOf(undefined).onlyChanged).toBe(true);
});

test("a rate is a whole number", () => {
  const rate = { ...choiceOf(undefined), kind: "rate" as const };
  expect(scheduleReason({ ...rate, count: "7" })).toBeNull();
  for (const count of ["", "0", "1.5", "100000"]) expect(scheduleReason({ ...rate, count })).not.toBeNull();
});
