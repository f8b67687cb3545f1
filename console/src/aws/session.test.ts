import { beforeEach, expect, test, vi } from "vitest";

const kept = new Map<string, string>();
Object.assign(globalThis, {
  sessionStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  },
});

/** As the page has it after a reload. */
async function reloaded() {
  vi.resetModules();
  return (await import("./session")).session;
}

const of = (account: string, expiresAt = Date.now() + 60_000) => ({
  accessKeyId: `ASIA${account}`,
  secretAccessKey: "s",
  sessionToken: "t",
  expiresAt,
  account,
});

beforeEach(() => kept.clear());

test("a second account leaves the first one waiting, over a reload too", async () => {
  let session = await reloaded();
  session.start(of("1"));
  session.start(of("2"));
  session = await reloaded();
  expect(session.current()?.account).toBe("2");
  expect(session.others()).toEqual(["1"]);
  session.switchTo("1");
  expect(session.current()?.account).toBe("1");
  expect(session.others()).toEqual(["2"]);
});

test("the same account once more replaces its session", async () => {
  const session = await reloaded();
  session.start(of("1"));
  session.start({ ...of("1"), accessKeyId: "ASIANEW" });
  expect(session.current()?.accessKeyId).toBe("ASIANEW");
  expect(session.others()).toEqual([]);
});

test("signing out ends one session, or all; nothing of them stays", async () => {
  const session = await reloaded();
  session.start(of("1"));
  session.start(of("2"));
  session.end("over");
  expect([session.current(), session.why(), session.others()]).toEqual([null, "over", ["1"]]);
  session.switchTo("1");
  session.start(of("3"));
  session.endAll();
  expect((await reloaded()).others()).toEqual([]);
  expect([...kept.values()].join()).not.toContain("ASIA");
});

test("an expired session is nobody's", async () => {
  const session = await reloaded();
  session.start(of("1", Date.now() - 1));
  session.start(of("2", Date.now() - 1));
  expect(session.others()).toEqual([]);
  expect((await reloaded()).current()).toBeNull();
});
