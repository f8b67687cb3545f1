/**
 * Schedules in words. What an expression means is the server's to say (builder/schedule.py, GetScheduleTimes);
 * these are words for the ones that people write, and others stay as they are.
 */
const DAYS: Record<string, string> = {
  "1": "Sunday",
  "2": "Monday",
  "3": "Tuesday",
  "4": "Wednesday",
  "5": "Thursday",
  "6": "Friday",
  "7": "Saturday",
  SUN: "Sunday",
  MON: "Monday",
  TUE: "Tuesday",
  WED: "Wednesday",
  THU: "Thursday",
  FRI: "Friday",
  SAT: "Saturday",
};

export const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;
export const CRON = /^cron\((.+)\)$/;

/** `rate(1 hour)`, `rate(2 hours)`. */
export const rateOf = (count: number, unit: string): string =>
  `rate(${count} ${count === 1 ? unit : `${unit}s`})`;

export function inWords(expression: string, zone = "UTC"): string {
  const rate = RATE.exec(expression);
  if (rate) return Number(rate[1]) === 1 ? `Every ${rate[2]}` : `Every ${rate[1]} ${rate[2]}s`;
  const fields = CRON.exec(expression)?.[1]?.split(/\s+/) ?? [];
  const [minutes = "", hours = "", day = "", month = "", weekday = "", year = ""] = fields;
  const time = timeOf(minutes, hours);
  const days = daysOf(day, weekday.toUpperCase());
  const other = month !== "*" || !["*", "?"].includes(year);
  if (fields.length !== 6 || !time || !days || other) return `${expression} (${zone})`;
  return time.startsWith("At") || days !== "every day" ? `${time} ${days} (${zone})` : `${time} (${zone})`;
}

function timeOf(minutes: string, hours: string): string {
  const every = /^(?:\*|0)\/(\d+)$/.exec(minutes)?.[1];
  if (hours === "*") {
    if (minutes === "*") return "Every minute";
    if (every) return `Every ${every} minutes`;
    return /^\d+$/.test(minutes) ? `Every hour at minute ${minutes}` : "";
  }
  if (!/^\d+$/.test(minutes) || !/^\d+(,\d+)*$/.test(hours)) return "";
  const times = hours.split(",").map((hour) => `${hour.padStart(2, "0")}:${minutes.padStart(2, "0")}`);
  return `At ${listed(times)}`;
}

function daysOf(day: string, weekday: string): string {
  if (weekday === "?" || weekday === "*") {
    if (day === "*" || day === "?") return "every day";
    if (day === "L") return "on the last day of the month";
    return /^\d+(,\d+)*$/.test(day) ? `on day ${listed(day.split(","))} of the month` : "";
  }
  if (day !== "?" && day !== "*") return "";
  const range = /^(\w+)-(\w+)$/.exec(weekday);
  const [first, last] = [DAYS[range?.[1] ?? ""], DAYS[range?.[2] ?? ""]];
  if (first && last) return `${first} to ${last}`;
  const names = weekday.split(",").map((name) => DAYS[name]);
  return names.every((name) => name !== undefined) ? `on ${listed(names)}` : "";
}

function listed(words: (string | undefined)[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
