import { expect, test } from "vitest";
import { inWords, rateOf } from "./schedule";

test.each([
  ["rate(1 day)", "Every day"],
  ["rate(12 hours)", "Every 12 hours"],
  ["cron(0 4 * * ? *)", "At 04:00 every day (UTC)"],
  ["cron(30 6,18 ? * 2-6 *)", "At 06:30 and 18:30 Monday to Friday (UTC)"],
  ["cron(0 0 ? * sun,WED *)", "At 00:00 on Sunday and Wednesday (UTC)"],
  ["cron(15 3 1,15 * ? *)", "At 03:15 on day 1 and 15 of the month (UTC)"],
  ["cron(0 9 L * ? *)", "At 09:00 on the last day of the month (UTC)"],
  ["cron(*/10 * * * ? *)", "Every 10 minutes (UTC)"],
  ["cron(5 * * * ? *)", "Every hour at minute 5 (UTC)"],
])("%s in words", (expression, words) => expect(inWords(expression)).toBe(words));

test.each([
  "cron(0 4 ? * 2#1 *)",
  "cron(0 4 * 6 ? *)",
  "cron(0 4 * * ? 2030)",
  "cron(0-5 4 * * ? *)",
  "nonsense",
])("%s stays as it is", (expression) =>
  expect(inWords(expression, "Asia/Tokyo")).toBe(`${expression} (Asia/Tokyo)`),
);

test("a rate is singular for one", () => {
  expect([rateOf(1, "day"), rateOf(3, "hour")]).toEqual(["rate(1 day)", "rate(3 hours)"]);
});
