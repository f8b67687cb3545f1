/** Two documents side by side, a row for each text, number or truth in them. */

export interface Difference {
  /** Where it stands: `BlockDeviceMappings /dev/sdb VolumeSize`. */
  path: string;
  left: string | undefined;
  right: string | undefined;
}

/** What tells the entries of a list apart, so that one in the middle moves no other. */
const NAMES = ["DeviceName", "ResourceType", "Key", "DeviceIndex"];

function leaves(value: unknown, path: string, found: Map<string, string>): Map<string, string> {
  if (Array.isArray(value)) {
    value.forEach((item, at) => {
      const name = NAMES.map((each) => (item as Record<string, unknown> | null)?.[each]).find(
        (each) => each !== undefined,
      );
      leaves(item, `${path} ${name ?? at + 1}`, found);
    });
  } else if (value instanceof Date) found.set(path.trim(), value.toISOString());
  else if (value !== null && typeof value === "object") {
    for (const [name, item] of Object.entries(value)) leaves(item, `${path} ${name}`, found);
  } else if (value !== undefined) found.set(path.trim(), String(value));
  return found;
}

export function compare(left: object, right: object): Difference[] {
  const [a, b] = [leaves(left, "", new Map()), leaves(right, "", new Map())];
  return [...new Set([...a.keys(), ...b.keys()])]
    .sort()
    .map((path) => ({ path, left: a.get(path), right: b.get(path) }));
}
