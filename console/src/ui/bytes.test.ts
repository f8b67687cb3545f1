import { expect, test } from "vitest";
import { bytes } from "./bytes";

test("bytes are told in the largest unit that fits", () => {
  expect([0, 1, 1023, 1024, 1536, -2048, 20 * 2 ** 30].map(bytes)).toEqual([
    "0 bytes",
    "1 byte",
    "1023 bytes",
    "1.0 KiB",
    "1.5 KiB",
    "-2.0 KiB",
    "20 GiB",
  ]);
});
