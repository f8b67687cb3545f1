import { expect, test } from "vitest";
import { fieldOf, isWhole, permissionOf, type RuleField, rulesToChange } from "./ingress";

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
  expect(fieldOf({ ...there, IpProtocol: "50" })).toBeUndefined();
});

test("ports and peers are checked before they are sent", () => {
  expect(isWhole(rule())).toBe(true);
  expect(isWhole(rule({ from: "90" }))).toBe(false);
  expect(isWhole(rule({ to: "70000" }))).toBe(false);
  expect(isWhole(rule({ peer: "anywhere" }))).toBe(false);
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
