/** A number of bytes as people read it: 1.5 GiB. */
export function bytes(count: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(count))) / 10));
  const value = count / 1024 ** power;
  if (count === 1) return "1 byte";
  return `${power ? value.toFixed(Math.abs(value) < 10 ? 1 : 0) : value} ${units[power]}`;
}
