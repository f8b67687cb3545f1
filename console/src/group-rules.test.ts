import { expect, test } from "vitest";
import {
  ALL_OUT,
  fieldOf,
  isCidr,
  isWhole,
  permissionOf,
  presetOf,
  type RuleField,
  rulesToChange,
} from "./group-rules";

const rule = (changed: Partial<RuleField> = {}): RuleField => ({
  id: "sgr-1",
  protocol: "tcp",
  from: "80",
  to: "80",
  peer: "0.0.0.0/0",
  note: "",
  ...changed,
});

test("a rule goes to the API and comes back the same", () => {
  const there = {
    SecurityGroupRuleId: "sgr-1",
    IpProtocol: "tcp",
    FromPort: 80,
    ToPort: 80,
    CidrIpv4: "0.0.0.0/0",
  };
  expect(fieldOf(there)).toEqual(rule());
  expect(permissionOf(rule({ peer: "sg-0123456789abcdef0" })).UserIdGroupPairs?.[0]?.GroupId).toBe(
    "sg-0123456789abcdef0",
  );
  expect(permissionOf(rule({ protocol: "-1" }))).toEqual({
    IpProtocol: "-1",
    IpRanges: [{ CidrIp: "0.0.0.0/0" }],
  });
  const esp = fieldOf({ ...there, IpProtocol: "50", FromPort: -1, ToPort: -1 });
  expect(permissionOf(esp)).toEqual({ IpProtocol: "50", IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
});

test("ports and peers are checked before they are sent", () => {
  expect(isWhole(rule())).toBe(true);
  expect(isWhole(rule({ from: "90" }))).toBe(false);
  expect(isWhole(rule({ to: "70000" }))).toBe(false);
  expect(isWhole(rule({ peer: "anywhere" }))).toBe(false);
  expect(isWhole(rule({ protocol: "icmp", from: "8", to: "-1" }))).toBe(true);
  expect(isWhole(rule({ protocol: "icmp", from: "8", to: "" }))).toBe(false);
  expect(isWhole(rule({ protocol: "50", from: "", to: "" }))).toBe(true);
  expect(isCidr("203.0.113.0/24")).toBe(true);
  expect(["203.0.113.0", "203.0.113.0/33", "256.0.0.0/8", "::/0"].some(isCidr)).toBe(false);
});

test("only what differs is changed, revoked and authorized", () => {
  const [first, second] = [rule(), rule({ id: "sgr-2", from: "22", to: "22" })];
  const third = rule({ id: "sgr-3", peer: "10.0.0.0/8" });
  const after = [first, rule({ ...third, note: "inside" }), rule({ id: "", from: "443", to: "443" })];
  const { modify, revoke, authorize } = rulesToChange([first, second, third], after);
  expect(modify).toMatchObject([
    { SecurityGroupRuleId: "sgr-3", SecurityGroupRule: { Description: "inside" } },
  ]);
  expect(revoke).toEqual(["sgr-2"]);
  expect(authorize).toMatchObject([{ FromPort: 443 }]);
});

test("a new rule that the group has already is neither made nor revoked", () => {
  const there = { ...ALL_OUT, id: "sgr-1" };
  expect(rulesToChange([there], [ALL_OUT])).toEqual({ modify: [], revoke: [], authorize: [] });
  expect(rulesToChange([there], [])).toMatchObject({ revoke: ["sgr-1"] });
});

test("usual rules have names, others their protocol", () => {
  expect(presetOf(rule())).toBe("HTTP");
  expect(presetOf(rule({ to: "81" }))).toBe("Custom TCP");
  expect(presetOf(rule({ protocol: "icmp", from: "8", to: "0" }))).toBe("Custom ICMP");
  expect(presetOf(rule({ protocol: "50", from: "", to: "" }))).toBe("Protocol 50");
});
