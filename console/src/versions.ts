/** Semantic versions of Image Builder's resources: what a name's next one is. */
type Parts = [number, number, number];

const VERSION = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/;
const PATTERN = /^(?:\d{1,10}\.\d{1,10}\.(?:\d{1,10}|x)|\d{1,10}\.x\.x|x\.x\.x)$/;

export const isVersion = (text: string): boolean => VERSION.test(text);
/** A version, or one whose right parts are x. */
export const isPattern = (text: string): boolean => PATTERN.test(text);

function parts(text: string): Parts[] {
  const found = VERSION.exec(text);
  return found ? [[Number(found[1]), Number(found[2]), Number(found[3])]] : [];
}

/** The version that a pattern becomes beside those that are there (api/imagebuilder/recipes.py: _version). */
export function resolved(pattern: string, existing: string[]): string {
  const wanted = pattern.split(".");
  const place = wanted.indexOf("x");
  if (place < 0) return pattern;
  const before = wanted.slice(0, place).map(Number);
  const numbers = existing
    .flatMap(parts)
    .filter((version) => before.every((number, at) => version[at] === number))
    .map((version) => version[place] ?? 0);
  const next = Math.max(place === 0 ? 0 : -1, ...numbers) + 1;
  return [...before, next, 0, 0].slice(0, 3).join(".");
}

/** The patch after the newest of these versions; 1.0.0 if there is none. */
export function next(existing: string[]): string {
  const [newest] = existing.flatMap(parts).sort((a, b) => b[0] - a[0] || b[1] - a[1] || b[2] - a[2]);
  return newest ? `${newest[0]}.${newest[1]}.${newest[2] + 1}` : "1.0.0";
}
