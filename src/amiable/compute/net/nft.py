"""A VPC's nftables script, as text: pure. Loaded in the namespace by one `nft -f`, it replaces all there.

    bridge  pre       port → port_<interface>: own MAC, own address, own DHCP; else drop
    inet    input     the namespace's own services; else drop
    inet    forward   tracked → accept
                      from a guest, by MAC → from_<interface> → group_out_<group> ──► deliver
                      from the uplink ─────────────────────────────────────► deliver
            deliver   to the uplink → accept;  next hop a guest → to_<interface> → group_in_<group> → accept
    inet    nat       public address in, public address or the VPC's NAT address out

Syntax: https://wiki.nftables.org/wiki-nftables/index.php/Quick_reference-nftables_in_10_minutes
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_network

from amiable.compute.net import addresses
from amiable.compute.net.names import UPLINK, chain
from amiable.compute.net.wanted import HostNetwork, Interface, Rule, Vpc

# AWS lets an interface send 1024 packets a second to the link-local services:
# https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html#vpc-dns-limits
SERVICE_PACKETS_PER_SECOND = 1024
ARP_PER_SECOND = 256
ARP_BURST = 1024
NEW_FLOWS_PER_SECOND = 500
NEW_FLOWS_BURST = 2000

# Never forwarded out of a VPC: this network, loopback, link-local (RFC 3927 §7), multicast and reserved.
_NEVER_OUTSIDE = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")

_PORT_PROTOCOLS = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp"}


def script(vpc: Vpc, host: HostNetwork) -> str:
    """The whole script for `nft -f -`, in one transaction."""
    return "\n".join(
        [
            "flush ruleset",
            "table bridge amiable {",
            *_indent(_spoofing(vpc)),
            "}",
            "table inet amiable {",
            *_indent(_members(vpc)),
            *_indent(_groups(vpc)),
            *_indent(_interfaces(vpc)),
            *_indent(_hooks(vpc, host)),
            *_indent(_nat(vpc, host)),
            "}",
            "",
        ]
    )


def match(rule: Rule, side: str) -> str | None:
    """The expressions of one rule; `side` is `saddr` or `daddr`. None when no IPv4 packet can match."""
    words = []
    if rule.group_id is not None:
        words.append(f"ip {side} @{chain('members', rule.group_id)}")
    elif rule.cidr is not None:
        network = ip_network(rule.cidr)
        if not isinstance(network, IPv4Network):
            return None
        if network.prefixlen > 0:
            words.append(f"ip {side} {network}")
    if (named := _PORT_PROTOCOLS.get(rule.protocol)) is not None:
        words.append(f"{named} dport {rule.from_port}-{rule.to_port}")
    elif rule.protocol in ("icmp", "1"):
        words.append("meta l4proto icmp")
        words += [f"icmp type {rule.from_port}"] if rule.from_port >= 0 else []
        words += [f"icmp code {rule.to_port}"] if rule.from_port >= 0 and rule.to_port >= 0 else []
    elif rule.protocol != "-1":
        words.append(f"meta l4proto {int(rule.protocol)}")
    return " ".join(words)


def service_addresses(vpc: Vpc) -> tuple[str, ...]:
    """Addresses of the namespace's services that guests may reach, beside the routers."""
    return (addresses.resolver(vpc.cidr), addresses.LINK_LOCAL_DNS, addresses.METADATA)


def _indent(lines: Iterable[str]) -> list[str]:
    return ["  " + line for line in lines]


def _chain(name: str, lines: Iterable[str]) -> list[str]:
    return [f"chain {name} {{", *_indent(lines), "}"]


def _set(kind: str, name: str, type_: str, elements: Iterable[str]) -> list[str]:
    listed = sorted(elements)
    held = [f"  elements = {{ {', '.join(listed)} }}"] if listed else []
    return [f"{kind} {name} {{", f"  type {type_}", *held, "}"]


def _spoofing(vpc: Vpc) -> Iterable[str]:
    services = ", ".join(service_addresses(vpc))
    own = [addresses.resolver(vpc.cidr), *(addresses.router(subnet.cidr) for subnet in vpc.subnets)]
    nobody = ", ".join(sorted({*_NEVER_OUTSIDE, *own}))
    for one in vpc.interfaces:
        # chaddr stands 28 bytes into the DHCP message, after 8 bytes of UDP (RFC 2131 §2)
        hardware = f"@th,288,48 0x{one.mac.replace(':', '')}"
        yield from _chain(
            chain("port", one.id),
            [
                f"ether saddr != {one.mac} drop",
                "ether type vlan drop",
                # an address conflict probe has sender 0.0.0.0 (RFC 5227 §1.1)
                f"arp saddr ether {one.mac} arp saddr ip {{ 0.0.0.0, {one.private_ip} }} "
                f"limit rate {ARP_PER_SECOND}/second burst {ARP_BURST} packets accept",
                f"ip saddr {{ 0.0.0.0, {one.private_ip} }} udp sport 68 udp dport 67 {hardware} "
                "limit rate 2/second burst 20 packets accept",
                "udp dport 67 drop",
                f"ip daddr {{ {services} }} limit rate over {SERVICE_PACKETS_PER_SECOND}/second "
                f"burst {SERVICE_PACKETS_PER_SECOND} packets drop",
                *_sources(one, services, nobody),
            ],
        )
    ports = [f'"{one.tap}" : goto {chain("port", one.id)}' for one in vpc.interfaces]
    yield from _set("map", "ports", "ifname : verdict", ports)
    yield from _chain(
        "pre", ["type filter hook prerouting priority -300; policy drop;", "iifname vmap @ports"]
    )


def _sources(one: Interface, services: str, nobody: str) -> list[str]:
    """What a port may send as: itself; if it forwards, others too, but never a service or router."""
    if one.source_dest_check:
        return [f"ip saddr {one.private_ip} accept", "drop"]
    return [
        f"ip saddr != {one.private_ip} ip daddr {{ {services} }} drop",
        f"ip saddr {{ {nobody} }} drop",
        "ether type ip accept",
        "drop",
    ]


def _attached(vpc: Vpc) -> set[str]:
    return {group for one in vpc.interfaces for group in one.group_ids}


def _members(vpc: Vpc) -> Iterable[str]:
    attached = _attached(vpc)
    referenced = {
        rule.group_id
        for group in vpc.groups
        if group.id in attached
        for rule in group.ingress + group.egress
        if rule.group_id is not None
    }
    for group_id in sorted(referenced):
        held = [one.private_ip for one in vpc.interfaces if group_id in one.group_ids]
        yield from _set("set", chain("members", group_id), "ipv4_addr", held)


def _groups(vpc: Vpc) -> Iterable[str]:
    attached = _attached(vpc)
    for group in vpc.groups:
        if group.id in attached:
            incoming = [match(rule, "saddr") for rule in group.ingress]
            outgoing = [match(rule, "daddr") for rule in group.egress]
            accepts = [f"{text} accept".strip() for text in incoming if text is not None]
            goes_on = [f"{text} goto deliver".strip() for text in outgoing if text is not None]
            yield from _chain(chain("group_in", group.id), accepts)
            yield from _chain(chain("group_out", group.id), goes_on)


def _interfaces(vpc: Vpc) -> Iterable[str]:
    for one in vpc.interfaces:
        incoming = [f"jump {chain('group_in', group)}" for group in one.group_ids]
        outgoing = [f"jump {chain('group_out', group)}" for group in one.group_ids]
        # A guest may not fill the connection tables of its VPC and of the host
        slow = f"limit rate over {NEW_FLOWS_PER_SECOND}/second burst {NEW_FLOWS_BURST} packets drop"
        checked = [f"ip daddr != {one.private_ip} drop"] if one.source_dest_check else []
        yield from _chain(chain("to", one.id), [*checked, *incoming, "drop"])
        yield from _chain(chain("from", one.id), [slow, *outgoing, "drop"])
    receivers = [f"{one.private_ip} : goto {chain('to', one.id)}" for one in vpc.interfaces]
    senders = [f"{one.mac} : goto {chain('from', one.id)}" for one in vpc.interfaces]
    yield from _set("map", "receivers", "ipv4_addr : verdict", receivers)
    yield from _set("map", "senders", "ether_addr : verdict", senders)


def _hooks(vpc: Vpc, host: HostNetwork) -> Iterable[str]:
    tracked = "ct state vmap { invalid : drop, established : accept, related : accept }"
    never = ", ".join([*_NEVER_OUTSIDE, str(IPv4Network(host.transit_pool))])
    yield from _chain(
        "deliver",
        [
            f'iifname "{UPLINK}" oifname "{UPLINK}" drop',
            f'oifname "{UPLINK}" ip daddr {{ {never} }} drop',
            f'oifname "{UPLINK}" accept',
            "rt ip nexthop vmap @receivers",  # the destination itself, unless a route leads to an interface
            "drop",
        ],
    )
    yield from _chain(
        "forward",
        [
            "type filter hook forward priority filter; policy drop;",
            tracked,
            f'iifname "{UPLINK}" goto deliver',
            "ether saddr vmap @senders",
        ],
    )
    resolvers = f"{addresses.resolver(vpc.cidr)}, {addresses.LINK_LOCAL_DNS}"
    questions = f"ip daddr {{ {resolvers} }} meta l4proto {{ tcp, udp }} th dport 53 accept"
    routers = ", ".join(addresses.router(subnet.cidr) for subnet in vpc.subnets)
    ping = [f"ip daddr {{ {routers} }} icmp type echo-request accept"] if routers else []
    yield from _chain(
        "input",
        [
            "type filter hook input priority filter; policy drop;",
            'iifname "lo" accept',
            tracked,
            f'iifname "{UPLINK}" drop',
            "udp sport 68 udp dport 67 accept",
            *([questions] if vpc.dns else []),
            f"ip daddr {addresses.METADATA} tcp dport 80 accept",
            *ping,
        ],
    )


def _nat(vpc: Vpc, host: HostNetwork) -> Iterable[str]:
    public = [(one.public_ip, one.private_ip) for one in vpc.interfaces if one.public_ip is not None]
    pair, transit = "ipv4_addr : ipv4_addr", addresses.transit(host.transit_pool, vpc.link_index)
    yield from _set("map", "public_to_private", pair, [f"{out} : {private}" for out, private in public])
    yield from _set("map", "private_to_public", pair, [f"{private} : {out}" for out, private in public])
    yield from _chain(
        "nat_in",
        [
            "type nat hook prerouting priority dstnat; policy accept;",
            f'iifname "{UPLINK}" dnat ip to ip daddr map @public_to_private',
        ],
    )
    yield from _chain(
        "nat_out",
        [
            "type nat hook postrouting priority srcnat; policy accept;",
            f'oifname "{UPLINK}" snat ip to ip saddr map @private_to_public',
            f'oifname "{UPLINK}" ip saddr != {transit.namespace} snat ip to {transit.nat}',
        ],
    )
