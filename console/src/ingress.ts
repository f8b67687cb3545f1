/** Inbound rules as a person edits them, and as the API takes them. */
import type { IpPermission, SecurityGroupRule, SecurityGroupRuleRequest } from "@aws-sdk/client-ec2";

export interface RuleField {
  /** Of a rule that is there; empty for a new one. */
  id: string;
  protocol: "tcp" | "udp" | "icmp" | "-1";
  from: string;
  to: string;
  peer: string;
  note: string;
}

const CIDR4 = /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;
const CIDR6 = /^[0-9a-fA-F:]+\/\d{1,3}$/;
const GROUP = /^sg-[0-9a-f]{8,17}$/;

export const isPeer = (text: string): boolean => CIDR4.test(text) || CIDR6.test(text) || GROUP.test(text);

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65535;

/** Whether the API could take it. */
export const isWhole = (rule: RuleField): boolean =>
  isPeer(rule.peer) &&
  (!["tcp", "udp"].includes(rule.protocol) ||
    (isPort(rule.from) && isPort(rule.to) && Number(rule.from) <= Number(rule.to)));

export function permissionOf(rule: RuleField): IpPermission {
  const Description = rule.note || undefined;
  const ports = ["tcp", "udp"].includes(rule.protocol)
    ? { FromPort: Number(rule.from), ToPort: Number(rule.to) }
    : rule.protocol === "icmp"
      ? { FromPort: -1, ToPort: -1 }
      : {};
  const peer = GROUP.test(rule.peer)
    ? { UserIdGroupPairs: [{ GroupId: rule.peer, Description }] }
    : rule.peer.includes(":")
      ? { Ipv6Ranges: [{ CidrIpv6: rule.peer, Description }] }
      : { IpRanges: [{ CidrIp: rule.peer, Description }] };
  return { IpProtocol: rule.protocol, ...ports, ...peer };
}

/** A rule of the API as fields; undefined for protocols that the editor does not know, which stay as they are. */
export function fieldOf(rule: SecurityGroupRule): RuleField | undefined {
  const protocol = rule.IpProtocol;
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "icmp" && protocol !== "-1") return undefined;
  if (protocol === "icmp" && rule.FromPort !== -1) return undefined;
  const peer = rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.ReferencedGroupInfo?.GroupId;
  if (!peer) return undefined;
  return {
    id: rule.SecurityGroupRuleId ?? "",
    protocol,
    from: protocol === "-1" ? "" : String(rule.FromPort ?? ""),
    to: protocol === "-1" ? "" : String(rule.ToPort ?? ""),
    peer,
    note: rule.Description ?? "",
  };
}

/** What to change, revoke and authorize, so that those become these. */
export function rulesToChange(before: RuleField[], after: RuleField[]) {
  const old = new Map(before.map((rule) => [rule.id, rule]));
  const kept = new Set(after.map((rule) => rule.id));
  const differs = (rule: RuleField) =>
    rule.id !== "" && JSON.stringify(old.get(rule.id)) !== JSON.stringify(rule);
  return {
    modify: after
      .filter(differs)
      .map((rule) => ({ SecurityGroupRuleId: rule.id, SecurityGroupRule: requestOf(rule) })),
    revoke: before.map((rule) => rule.id).filter((id) => !kept.has(id)),
    authorize: after.filter((rule) => rule.id === "").map(permissionOf),
  };
}

function requestOf(rule: RuleField): SecurityGroupRuleRequest {
  const { IpProtocol, FromPort, ToPort, IpRanges, Ipv6Ranges, UserIdGroupPairs } = permissionOf(rule);
  return {
    IpProtocol,
    FromPort: FromPort ?? -1,
    ToPort: ToPort ?? -1,
    CidrIpv4: IpRanges?.[0]?.CidrIp,
    CidrIpv6: Ipv6Ranges?.[0]?.CidrIpv6,
    ReferencedGroupId: UserIdGroupPairs?.[0]?.GroupId,
    Description: rule.note,
  };
}
