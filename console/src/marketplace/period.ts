/** Days of a report, `YYYY-MM-DD` in UTC. */

const DAY = 24 * 3600 * 1000;
/** api/amiable/usage.py: LONGEST. */
const LONGEST = 366 * DAY;

export function monthSoFar(now: Date): { first: string; last: string } {
  const last = now.toISOString().slice(0, 10);
  return { first: `${last.slice(0, 7)}-01`, last };
}

/** From the first day's begin to the last day's end; null for what is no period. */
export function period(first: string, last: string): { since: Date; until: Date } | null {
  const since = new Date(`${first}T00:00:00Z`);
  const until = new Date(Date.parse(`${last}T00:00:00Z`) + DAY);
  const length = until.getTime() - since.getTime();
  return length > 0 && length <= LONGEST ? { since, until } : null;
}
