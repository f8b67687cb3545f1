/** Which of two versions of a package is the later one, as dpkg decides it; rpm and apk agree on usual ones. */

/** Letters sort before all other signs, `~` before the end. */
const weight = (sign: string | undefined): number =>
  sign === undefined
    ? 0
    : sign === "~"
      ? -1
      : /[a-z]/i.test(sign)
        ? sign.charCodeAt(0)
        : sign.charCodeAt(0) + 256;

function compareParts(a: string, b: string): number {
  // Parts that are no digits, and numbers, in turns.
  const split = (text: string): string[] => [
    ...(/^\d/.test(text) ? [""] : []),
    ...(text.match(/\d+|\D+/g) ?? []),
  ];
  const [ours, theirs] = [split(a), split(b)];
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const [one = "", other = ""] = [ours[at], theirs[at]];
    if (at % 2) {
      const order = BigInt(one || 0) - BigInt(other || 0);
      if (order) return order > 0n ? 1 : -1;
      continue;
    }
    for (let sign = 0; sign < Math.max(one.length, other.length); sign++) {
      const order = weight(one[sign]) - weight(other[sign]);
      if (order) return Math.sign(order);
    }
  }
  return 0;
}

/** Negative when `a` is the earlier one. */
export function compareVersions(a: string, b: string): number {
  const parts = (text: string) => {
    const [, epoch = "0", rest = ""] = /^(?:(\d+):)?(.*)$/s.exec(text) ?? [];
    const dash = rest.lastIndexOf("-");
    return dash < 0 ? [epoch, rest, "0"] : [epoch, rest.slice(0, dash), rest.slice(dash + 1)];
  };
  const [ours, theirs] = [parts(a), parts(b)];
  for (const at of [0, 1, 2]) {
    const order = compareParts(ours[at] ?? "", theirs[at] ?? "");
    if (order) return order;
  }
  return 0;
}
