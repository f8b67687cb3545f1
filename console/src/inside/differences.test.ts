import { expect, test } from "vitest";
import type { Difference, FileChange } from "../aws/inspections";
import { alike, bySize, linesOf, packageChange, packageName, permissions, quiet } from "./differences";

const side = (size: number, mode = "0644") => ({ kind: "file", size, mode, uid: 0, gid: 0 });
const file = (path: string, before: number | null, after: number | null, noise?: string): FileChange => ({
  path,
  change: before === null ? "added" : after === null ? "removed" : "content",
  before: before === null ? null : side(before),
  after: after === null ? null : side(after),
  ...(noise && { noise }),
});
const whole: Difference = {
  release: ["Debian 12", "Debian 12"],
  kernels: [],
  packages: [],
  users: [],
  groups: [],
  services: [],
  files: [
    file("/etc/a", 5, 5),
    file("/var/log/x", 0, 900, "logs"),
    file("/opt/b", null, 70),
    file("/c", 9, null),
  ],
  counts: {},
  hunks: [
    { path: "/etc/a", text: "--- /etc/a\n+++ /etc/a\n@@ -1 +1 @@\n-a\n+b\n c" },
    { path: "/var/log/x", text: "" },
  ],
  trouble: [],
};

test("noise is folded away, with its hunks", () => {
  const found = quiet(whole);
  expect(found.files.map(({ path }) => path)).toEqual(["/etc/a", "/opt/b", "/c"]);
  expect(found.hunks.map(({ path }) => path)).toEqual(["/etc/a"]);
  expect(alike(found)).toBe(false);
  expect(alike({ ...found, files: [] })).toBe(true);
});

test("files come by how much they grew or shrank", () => {
  expect(bySize(whole.files).map(({ path }) => path)).toEqual(["/var/log/x", "/opt/b", "/c", "/etc/a"]);
});

test("permissions say what changed only", () => {
  const changed: FileChange = { path: "/x", change: "metadata", before: side(1), after: side(1, "0600") };
  expect(permissions(changed)).toBe("mode 0644 → 0600");
  expect(permissions(file("/x", null, 1))).toBe("");
});

test("packages go up, down, or have several versions", () => {
  const change = (before: string, after: string) =>
    packageChange({ name: "deb:x:amd64", change: "changed", before, after });
  expect(change("1.9-1", "1.10-1")).toBe("upgraded");
  expect(change("1:1", "2")).toBe("downgraded");
  expect(change("5.1, 5.2", "5.2")).toBe("changed");
  expect(packageChange({ name: "deb:x", change: "added", after: "1" })).toBe("added");
  expect(packageName("deb:libc6:amd64")).toEqual({ type: "deb", name: "libc6", architecture: "amd64" });
  expect(packageName("npm:@babel/core")).toEqual({ type: "npm", name: "@babel/core", architecture: "" });
});

test("a line of a unified diff is of one kind", () => {
  const kinds = linesOf(whole.hunks[0] ?? { path: "", text: "" }).map(({ kind }) => kind);
  expect(kinds).toEqual(["file", "file", "place", "removed", "added", "same"]);
});
