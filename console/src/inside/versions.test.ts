import { expect, test } from "vitest";
import { compareVersions } from "./versions";

test("versions are compared as dpkg does", () => {
  const ascending = [
    "0.9",
    "1.0~beta1~svn1",
    "1.0~beta1",
    "1.0",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1.1",
    "1.0+dfsg-1",
    "1.0.1-1",
    "1.2a",
    "1.2+b",
    "1.10-0",
    "20240101",
    "1:0.1",
  ];
  for (const [at, one] of ascending.entries()) {
    expect(compareVersions(one, one)).toBe(0);
    for (const other of ascending.slice(at + 1)) {
      expect([one, other, compareVersions(one, other)]).toEqual([one, other, -1]);
      expect(compareVersions(other, one)).toBe(1);
    }
  }
});
