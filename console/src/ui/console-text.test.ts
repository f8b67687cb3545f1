import { expect, test } from "vitest";
import { readable } from "./console-text";

test("a console without escapes, in UTF-8", () => {
  const bytes = new TextEncoder().encode("\x1b[1;32mgrün\x1b[0m\r\n\tok\x07");
  expect(readable(btoa(String.fromCharCode(...bytes)))).toBe("grün\n\tok");
});
