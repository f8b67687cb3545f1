/** Rules of security groups as a person edits them, in one direction, and as the API takes them. */
import type { IpPermission, SecurityGroupRule, SecurityGroupRuleRequest } from "@aws-sdk/client-ec2";

export interface RuleField {
  /** Of a rule that is there; empty for a new one. */
  id: string;
  /** tcp, udp, icmp, -1 for all traffic, or a protocol's number. */
  protocol: string;
  /** The first port; the type for ICMP. */
  from: string;
  /** The last port; the code for ICMP. */
  to: string;
  /** An IPv4 range or the ID of a group: the source of what comes in, the destination of what goes out. */
  peer: string;
  note: string;
}

/** A usual rule: what it is called, its protocol and its ports. */
export interface Preset {
  id: string;
  protocol: string;
  from: string;
  to: string;
}

export const PRESETS: Preset[] = [
  { id: "Custom TCP", protocol: "tcp", from: "", to: "" },
  { id: "Custom UDP", protocol: "udp", from: "", to: "" },
  { id: "Custom ICMP", protocol: "icmp", from: "", to: "" },
  { id: "All traffic", protocol: "-1", from: "", to: "" },
  { id: "All TCP", protocol: "tcp", from: "0", to: "65535" },
  { id: "All UDP", protocol: "udp", from: "0", to: "65535" },
  { id: "All ICMP", protocol: "icmp", from: "-1", to: "-1" },
  ...Object.entries({
    SSH: 22,
    SMTP: 25,
    "DNS (TCP)": 53,
    HTTP: 80,
    HTTPS: 443,
    IMAPS: 993,
    NFS: 2049,
    "MySQL/Aurora": 3306,
    RDP: 3389,
    PostgreSQL: 5432,
    Redis: 6379,
  }).map(([id, port]) => ({ id, protocol: "tcp", from: String(port), to: String(port) })),
  { id: "DNS (UDP)", protocol: "udp", from: "53", to: "53" },
];

export const NEW_RULE: RuleField = { id: "", protocol: "tcp", from: "", to: "", peer: "0.0.0.0/0", note: "" };
export const ALL_OUT: RuleField = { ...NEW_RULE, protocol: "-1" };

/** What a rule is called: a usual one by its name, another by its protocol. */
export function presetOf(rule: RuleField): string {
  const same = (each: Preset) =>
    each.protocol === rule.protocol && each.from === rule.from && each.to === rule.to;
  const custom = { tcp: "Custom TCP", udp: "Custom UDP", icmp: "Custom ICMP", "-1": "All traffic" };
  return (
    PRESETS.find(same)?.id ?? custom[rule.protocol as keyof typeof custom] ?? `Protocol ${rule.protocol}`
  );
}

const GROUP = /^sg-[0-9a-f]{8,17}$/;

/** Whether it is an IPv4 range; this server has no IPv6 (api/ec2/permissions.py). */
export function isCidr(text: string): boolean {
  const [, address = "", bits = ""] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text) ?? [];
  return address !== "" && Number(bits) <= 32 && address.split(".").every((part) => Number(part) <= 255);
}

export const isPeer = (text: string): boolean => isCidr(text) || GROUP.test(text);

const isNumber = (text: string, least: number, most: number): boolean =>
  /^-?\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most;

export const hasPorts = (rule: RuleField): boolean => ["tcp", "udp", "icmp"].includes(rule.protocol);

/** Whether the API could take it. */
export function isWhole(rule: RuleField): boolean {
  if (!isPeer(rule.peer)) return false;
  if (!hasPorts(rule)) return true;
  const [least, most] = rule.protocol === "icmp" ? [-1, 255] : [0, 65535];
  const inOrder = rule.protocol === "icmp" || Number(rule.from) <= Number(rule.to);
  return isNumber(rule.from, least, most) && isNumber(rule.to, least, most) && inOrder;
}

export function permissionOf(rule: RuleField): IpPermission {
  const Description = rule.note || undefined;
  const ports = hasPorts(rule) ? { FromPort: Number(rule.from), ToPort: Number(rule.to) } : {};
  const peer = GROUP.test(rule.peer)
    ? { UserIdGroupPairs: [{ GroupId: rule.peer, Description }] }
    : { IpRanges: [{ CidrIp: rule.peer, Description }] };
  return { IpProtocol: rule.protocol, ...ports, ...peer };
}

/** A rule of the API as fields. */
export function fieldOf(rule: SecurityGroupRule): RuleField {
  const field = {
    id: rule.SecurityGroupRuleId ?? "",
    protocol: rule.IpProtocol ?? "-1",
    from: String(rule.FromPort ?? ""),
    to: String(rule.ToPort ?? ""),
    peer: rule.CidrIpv4 ?? rule.ReferencedGroupInfo?.GroupId ?? "",
    note: rule.Description ?? "",
  };
  return hasPorts(field) ? field : { ...field, from: "", to: "" };
}

/** What to change, revoke and authorize, so that those become these. A new rule that is there already stays. */
export function rulesToChange(before: RuleField[], after: RuleField[]) {
  const text = (rule: RuleField) => JSON.stringify(rule);
  const ids = new Map(before.map((rule) => [text({ ...rule, id: "" }), rule.id]));
  const wanted = after.map((rule) => (rule.id ? rule : { ...rule, id: ids.get(text(rule)) ?? "" }));
  const old = new Map(before.map((rule) => [rule.id, text(rule)]));
  const kept = new Set(wanted.map((rule) => rule.id));
  return {
    modify: wanted
      .filter((rule) => rule.id !== "" && old.get(rule.id) !== text(rule))
      .map((rule) => ({ SecurityGroupRuleId: rule.id, SecurityGroupRule: requestOf(rule) })),
    revoke: before.map((rule) => rule.id).filter((id) => !kept.has(id)),
    authorize: wanted.filter((rule) => rule.id === "").map(permissionOf),
  };
}

function requestOf(rule: RuleField): SecurityGroupRuleRequest {
  const { IpProtocol, FromPort, ToPort, IpRanges, UserIdGroupPairs } = permissionOf(rule);
  return {
    IpProtocol,
    FromPort: FromPort ?? -1,
    ToPort: ToPort ?? -1,
    CidrIpv4: IpRanges?.[0]?.CidrIp,
    ReferencedGroupId: UserIdGroupPairs?.[0]?.GroupId,
    Description: rule.note,
  };
}
