/** The serial console's text: base64 as EC2 sends it, without what boot loaders and shells draw with (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\^_c78=>])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise; tab and newline stay
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g;

export function readable(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return plain(new TextDecoder().decode(bytes));
}

/** Text without escapes and control characters. */
export const plain = (text: string): string => text.replace(ESCAPES, "").replace(CONTROLS, "");
