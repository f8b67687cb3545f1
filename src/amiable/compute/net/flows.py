"""Tracked flows, judged by the rules in force: what could not begin today is deleted; a revoke cuts at once.

`parse` and `allowed` are pure; `cut` asks and tells the kernel, in the namespace of the calling thread.
A flow has two tuples: as it began (`source`, `target`) and as its answers come (`answering`, `answered`);
they differ where addresses are translated.
"""

import errno
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network

from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.nfnetlink.nfctsocket import NFCTAttrTuple, NFCTSocket

from amiable.compute.net import addresses, nft
from amiable.compute.net.wanted import INTERNET, HostNetwork, Interface, Rule, Vpc
from amiable.core import proc

_NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1}

# As `conntrack -L` calls them → as Flow does. GRE's keys stand where ports do.
_NAMES = {name: name for name in ("sport", "dport", "type", "code", "id")} | {
    "srckey": "sport",
    "dstkey": "dport",
}


@dataclass(frozen=True)
class Flow:
    """One entry of the connection table. `numbers`: its ports or ICMP fields (sport, type, code, id, …)."""

    protocol: int
    source: str
    target: str
    answering: str
    answered: str
    numbers: tuple[tuple[str, int], ...] = ()

    def number(self, name: str) -> int:
        """A port or ICMP field, or -1."""
        return dict(self.numbers).get(name, -1)


def parse(line: str) -> Flow | None:
    """A line of `conntrack -L`; None for a flow that is not IPv4."""
    words = line.split()
    fields: list[tuple[str, str]] = [
        (word.partition("=")[0], word.partition("=")[2]) for word in words if "=" in word
    ]
    ends = [value for key, value in fields if key in ("src", "dst")]
    if len(ends) != 4 or ":" in ends[0] or not words[1].isdigit():
        return None
    numbers: dict[str, int] = {}
    for key, value in fields:
        if (name := _NAMES.get(key)) is not None:
            numbers.setdefault(name, int(value, 0))  # the first is the tuple as the flow began
    return Flow(int(words[1]), ends[0], ends[1], ends[2], ends[3], tuple(numbers.items()))


def allowed(vpc: Vpc, host: HostNetwork, flow: Flow) -> bool:
    """Whether the flow could begin under the present rules, with the present translation of addresses."""
    services = nft.service_addresses(vpc) if vpc.dns else (addresses.METADATA,)
    own = {*services, *(addresses.router(subnet.cidr) for subnet in vpc.subnets)}
    if flow.target in own or flow.target == "255.255.255.255":
        return True
    by_address = {one.private_ip: one for one in vpc.interfaces}
    sender, receiver = by_address.get(flow.source), by_address.get(flow.answering)
    if sender is None and receiver is None:
        # an interface that is gone, or the namespace's own traffic
        whole = IPv4Network(vpc.cidr)
        return IPv4Address(flow.source) not in whole and IPv4Address(flow.answering) not in whole
    if sender is not None and receiver is None and (target := _target(vpc, sender, flow)) != INTERNET:
        through = next((one for one in vpc.interfaces if one.id == target), None)
        return (
            through is not None
            and not through.source_dest_check
            and _permitted(vpc, sender, False, flow, flow.answering)
            and _permitted(vpc, through, True, flow, flow.source)
        )
    if sender is not None:
        shown = sender.public_ip or addresses.transit(host.transit_pool, vpc.link_index).nat
        kept = receiver is not None or flow.answered == shown
        if not (kept and _permitted(vpc, sender, False, flow, flow.answering)):
            return False
    if receiver is not None:
        kept = flow.target in (receiver.private_ip, receiver.public_ip)
        return kept and _permitted(vpc, receiver, True, flow, flow.source)
    return True


def _target(vpc: Vpc, sender: Interface, flow: Flow) -> str:
    """Where the sender's subnet routes the flow to."""
    (subnet,) = (one for one in vpc.subnets if one.id == sender.subnet_id)
    return subnet.target_of(flow.answering)


def _permitted(vpc: Vpc, interface: Interface, inward: bool, flow: Flow, other: str) -> bool:
    groups = [group for group in vpc.groups if group.id in interface.group_ids]
    rules = [rule for group in groups for rule in (group.ingress if inward else group.egress)]
    return any(_matches_other(vpc, rule, other) and _matches_protocol(rule, flow) for rule in rules)


def _matches_other(vpc: Vpc, rule: Rule, other: str) -> bool:
    if rule.group_id is not None:
        return any(one.private_ip == other and rule.group_id in one.group_ids for one in vpc.interfaces)
    return rule.cidr is not None and IPv4Address(other) in ip_network(rule.cidr)


def _matches_protocol(rule: Rule, flow: Flow) -> bool:
    if rule.protocol == "-1":
        return True
    number = _NUMBERS.get(rule.protocol)
    if flow.protocol != (int(rule.protocol) if number is None else number):
        return False
    if flow.protocol in (6, 17):
        return rule.from_port <= flow.number("dport") <= rule.to_port
    if flow.protocol == 1 and rule.from_port >= 0:
        return flow.number("type") == rule.from_port and rule.to_port in (-1, flow.number("code"))
    return True


def cut(vpc: Vpc, host: HostNetwork) -> int:
    """Delete every tracked flow that is not allowed, in the calling thread's namespace. Returns how many.

    Deleting goes by netlink: `conntrack -D` reads the whole table for every single flow.
    """
    listed = proc.run(["conntrack", "-L"]).text.splitlines()
    flows = [flow for flow in map(parse, listed) if flow is not None]
    doomed = [flow for flow in flows if not allowed(vpc, host, flow)]
    if doomed:
        with NFCTSocket() as table:
            for flow in doomed:
                _delete(table, flow)
    return len(doomed)


def _delete(table: NFCTSocket, flow: Flow) -> None:
    names = {"sport": "sport", "dport": "dport", "type": "icmp_type", "code": "icmp_code", "id": "icmp_id"}
    numbers = {names[name]: value for name, value in flow.numbers}
    begun = NFCTAttrTuple(saddr=flow.source, daddr=flow.target, proto=flow.protocol, **numbers)
    try:
        table.entry("del", tuple_orig=begun)
    except NetlinkError as answer:
        if answer.code != errno.ENOENT:  # it ended by itself meanwhile
            raise
