"""Rules of security groups in EC2's two shapes: IpPermission and SecurityGroupRule.

An IpPermission names one protocol and port range and any number of peers; a row is one peer. Checks and
normal forms are EC2's: `6` is tcp, host bits of a CIDR are cleared, ports of other protocols are dropped.

Sources: EC2 API Reference, IpPermission and AuthorizeSecurityGroupIngress; messages as seen from EC2.
"""

import re
from collections.abc import Callable, Iterable
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Any

from amiable.api.faults import invalid, unsupported
from amiable.api.table import Shape
from amiable.core import ids
from amiable.model.security_group import SecurityGroup, SecurityGroupRule
from amiable.protocol.faults import Fault

ALL = "-1"
NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
CHARACTERS = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
PEERS = ("IpRanges", "UserIdGroupPairs", "Ipv6Ranges", "PrefixListIds")
_CIDR = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")

FindPeer = Callable[[Shape], str]
"""From a UserIdGroupPair to the id of the group that it names."""


def rules_of(
    group: SecurityGroup, egress: bool, permission: Shape, find_peer: FindPeer
) -> list[SecurityGroupRule]:
    """The rules, not yet in the group, that an IpPermission means: one for each peer. Raises faults."""
    if permission.get("Ipv6Ranges"):
        raise unsupported("This server has no IPv6: Ipv6Ranges are not supported.")
    if permission.get("PrefixListIds"):
        raise unsupported("Prefix lists are not supported: name the IPv4 ranges.")
    protocol = _protocol(permission)
    from_port, to_port = _ports(protocol, permission.get("FromPort"), permission.get("ToPort"))

    def rule(peer: Shape, **end: str) -> SecurityGroupRule:
        return SecurityGroupRule(
            id=ids.new_id("sgr"),
            group_id=group.id,
            egress=egress,
            protocol=protocol,
            from_port=from_port,
            to_port=to_port,
            description=description_of(peer),
            **end,
        )

    found = [rule(peer, cidr=_cidr(peer)) for peer in permission.get("IpRanges") or ()]
    found += [rule(peer, peer_group_id=find_peer(peer)) for peer in permission.get("UserIdGroupPairs") or ()]
    if not found:
        raise Fault(
            "InvalidPermission.Malformed",
            "The permission names no peer: give an IPv4 range or a security group.",
        )
    return found


def _protocol(permission: Shape) -> str:
    given = permission.get("IpProtocol")
    if not given:
        raise Fault("MissingParameter", "The request must contain the parameter ipProtocol")
    protocol = NAMES.get(str(given), str(given).lower())
    if protocol == "icmpv6":
        raise unsupported("This server has no IPv6: icmpv6 is not supported.")
    if protocol in ("tcp", "udp", "icmp", ALL):
        return protocol
    if protocol.isascii() and protocol.isdigit() and int(protocol) <= 255:
        return str(int(protocol))
    raise invalid(f"Invalid value '{given}' for IP protocol. Unknown protocol.")


def _ports(protocol: str, first: int | None, last: int | None) -> tuple[int, int]:
    """TCP and UDP: a port range. ICMP: type and code, -1 for any. Other protocols have none."""
    if protocol not in ("tcp", "udp", "icmp"):
        return -1, -1
    family = "ICMP" if protocol == "icmp" else "TCP/UDP"
    if first is None or last is None:
        raise invalid(f"Invalid value for portRange. Must specify both from and to ports with {family}.")
    if protocol == "icmp":
        for name, value in (("type", first), ("code", last)):
            if not -1 <= value <= 255:
                raise invalid(f"ICMP {name} ({value}) out of range")
        if first == -1 and last != -1:
            raise invalid(f"ICMP code ({last}) must be -1 when the type is -1.")
        return first, last
    for name, value in (("from", first), ("to", last)):
        if not 0 <= value <= 65535:
            raise invalid(f"TCP/UDP ({name}) port ({value}) out of range")
    if first > last:
        raise invalid(f"Invalid TCP/UDP port range ({first}:{last})")
    return first, last


def _cidr(peer: Shape) -> str:
    """EC2 clears host bits: 100.68.0.18/18 is kept as 100.68.0.0/18."""
    text = str(peer.get("CidrIp") or "")
    if _CIDR.fullmatch(text):
        try:
            return str(IPv4Network(text, strict=False))
        except (AddressValueError, NetmaskValueError):
            pass  # refused below, like every other malformed one
    raise invalid(f"CIDR block {text} is malformed")


def description_of(peer: Shape) -> str | None:
    """The description that a request gives for a rule."""
    text = peer.get("Description")
    if text and not CHARACTERS.fullmatch(text):
        raise invalid(
            "Invalid rule description. Valid descriptions are strings less than 256 characters from the "
            "following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )
    return text or None


def phrase(rule: SecurityGroupRule) -> str:
    """A rule in the words of EC2's messages: `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW`."""
    if rule.protocol == ALL:
        what = "ALL"
    elif rule.protocol == "icmp":
        what = f"ICMP, type: {_or_all(rule.from_port)}, code: {_or_all(rule.to_port)}"
    elif rule.protocol in ("tcp", "udp"):
        what = f"{rule.protocol.upper()}, from port: {rule.from_port}, to port: {rule.to_port}"
    else:
        what = f"protocol: {rule.protocol}"
    return f"peer: {rule.cidr or rule.peer_group_id}, {what}, ALLOW"


def _or_all(number: int) -> str:
    return "ALL" if number == -1 else str(number)


def permissions_shape(rules: Iterable[SecurityGroupRule], account_id: str) -> list[Shape]:
    """Rules as IpPermissions: those of one protocol and port range together."""
    found: dict[tuple[Any, ...], Shape] = {}
    for rule in rules:
        key = (rule.protocol, rule.from_port, rule.to_port)
        shape = found.setdefault(key, {"IpProtocol": rule.protocol, **{peers: [] for peers in PEERS}})
        if rule.protocol in ("tcp", "udp", "icmp"):
            shape |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
        note = {"Description": rule.description} if rule.description else {}
        if rule.cidr:
            shape["IpRanges"].append({"CidrIp": rule.cidr, **note})
        else:
            shape["UserIdGroupPairs"].append({"GroupId": rule.peer_group_id, "UserId": account_id, **note})
    return list(found.values())
