"""From what is wanted and what stands to lines for `ip -batch`: pure; no lines when nothing is to be done."""

from collections.abc import Iterable
from dataclasses import replace

from amiable.compute.net import addresses
from amiable.compute.net.links import Link, Route, State
from amiable.compute.net.names import (
    ROUTE_PROTOCOL,
    UPLINK,
    bridge,
    bridge_mac,
    link_prefix,
    route_metric,
    vpc_name,
)
from amiable.compute.net.wanted import HostNetwork, Vpc
from amiable.core.errors import Conflict


def _bring(link: Link, wanted: Iterable[str]) -> Iterable[str]:
    """Lines that give a link its addresses and bring it up."""
    held = frozenset(wanted)
    yield from (f"address del {one} dev {link.name}" for one in sorted(link.addresses - held))
    yield from (f"address add {one} dev {link.name}" for one in sorted(held - link.addresses))
    if not link.up:
        yield f"link set dev {link.name} up"


def bridges(vpc: Vpc, host: HostNetwork, found: State) -> list[str]:
    """Loopback services, uplink, bridges and routes of a namespace; surplus bridges go. No ports yet."""
    transit = addresses.transit(host.transit_pool, vpc.link_index)
    services = (addresses.METADATA, addresses.LINK_LOCAL_DNS, addresses.resolver(vpc.cidr))
    lines = list(_bring(found.links["lo"], ["127.0.0.1/8", *(f"{one}/32" for one in services)]))
    lines += _bring(found.links.get(UPLINK, Link(UPLINK)), [f"{transit.namespace}/31"])
    wanted = {bridge(subnet.index) for subnet in vpc.subnets}
    for link in found.links.values():
        if link.kind == "bridge" and link.name not in wanted:
            lines.append(f"link del dev {link.name}")
    for subnet in vpc.subnets:
        name, mac = bridge(subnet.index), bridge_mac(vpc.id, subnet.index)
        bridged = found.links.get(name, Link(name))
        if not bridged.kind:
            lines.append(f"link add name {name} address {mac} type bridge stp_state 0 mcast_snooping 0")
        elif bridged.mac != mac:
            lines.append(f"link set dev {name} address {mac}")
        prefix = subnet.cidr.rpartition("/")[2]
        lines += _bring(bridged, [f"{addresses.router(subnet.cidr)}/{prefix}"])
    if not any(
        one.target == "default" and one.via == transit.host and one.link == UPLINK and one.table == "main"
        for one in found.routes
    ):
        lines.append(f"route replace default via {transit.host} dev {UPLINK}")
    whole = Route(vpc.cidr, "blackhole")
    if not any(replace(one, protocol="", metric=0) == whole for one in found.routes):
        lines.append(f"route replace blackhole {vpc.cidr}")
    return lines


def ports(vpc: Vpc, found: State) -> list[str]:
    """Every interface's port, isolated, in its subnet's bridge; surplus ports and taps go."""
    masters = {subnet.id: bridge(subnet.index) for subnet in vpc.subnets}
    wanted = {one.tap: masters[one.subnet_id] for one in vpc.interfaces}
    lines = [
        f"link del dev {link.name}"
        for link in found.links.values()
        if link.name not in wanted and (link.kind == "tun" or link.master)
    ]
    for name, master in wanted.items():
        link = found.links.get(name)
        if link is None:
            lines.append(f"tuntap add dev {name} mode tap vnet_hdr")
            link = Link(name)
        if link.master != master or not link.isolated:
            # isolated before up: no frame may pass between ports, not even for a moment
            lines += [
                f"link set dev {name} master {master}",
                f"link set dev {name} type bridge_slave isolated on",
            ]
        if not link.up:
            lines.append(f"link set dev {name} up")
    return lines


def host_link(vpc: Vpc, host: HostNetwork, outside: State, inside: State | None) -> list[str]:
    """The veth between the host and the namespace, made anew when one end is missing."""
    name, transit = vpc_name(host.token, vpc.id), addresses.transit(host.transit_pool, vpc.link_index)
    link, lines = outside.links.get(name), []
    if link is not None and (inside is None or UPLINK not in inside.links):
        lines.append(f"link del dev {name}")
        link = None
    if link is None:
        lines.append(f"link add name {name} type veth peer name {UPLINK} netns {name}")
        link = Link(name, "veth")
    return [*lines, *_bring(link, [f"{transit.host}/31"])]


def public_routes(vpc: Vpc, host: HostNetwork, outside: State) -> list[str]:
    """Host routes for the VPC's public addresses and its NAT address. Conflict if another holds one."""
    name, transit = vpc_name(host.token, vpc.id), addresses.transit(host.transit_pool, vpc.link_index)
    public = [one.public_ip for one in vpc.interfaces if one.public_ip is not None]
    wanted = {f"{address}/32" for address in [transit.nat, *public]}
    standing = {one for one in outside.routes if one.link == name and one.protocol == str(ROUTE_PROTOCOL)}
    good = {one.target for one in standing if one.target in wanted and one.via == transit.namespace}
    lines = [
        f"route del {one.target} dev {name} proto {ROUTE_PROTOCOL}"
        for one in standing
        if one.target not in wanted
    ]
    for target in sorted(wanted - good):
        for one in outside.routes:
            if one.target == target and not one.link.startswith(link_prefix(host.token)):
                raise Conflict(f"The host already routes {target} to {one.link}; choose another public_pool.")
        lines.append(f"route replace {target} via {transit.namespace} dev {name} proto {ROUTE_PROTOCOL}")
    return lines


def blackholes(host: HostNetwork, outside: State) -> list[str]:
    """What is meant for nobody never leaves the machine: blackhole routes for both pools."""
    metric = route_metric(host.token)
    return [
        f"route add blackhole {pool} proto {ROUTE_PROTOCOL} metric {metric}"
        for pool in (host.public_pool, host.transit_pool)
        if not any(
            one.target == pool and one.kind == "blackhole" and one.metric == metric for one in outside.routes
        )
    ]
