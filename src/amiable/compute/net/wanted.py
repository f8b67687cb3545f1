"""What a network should be, as frozen values. The rest of this package makes the machine equal to them.

The values check themselves on construction (InvalidInput), because their texts end up in nftables scripts
and dnsmasq files: whatever reaches those is an id, an address or a name of a known form.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network
from pathlib import Path

from amiable.core.errors import InvalidInput

_ID = re.compile(r"[a-z]{1,16}-[0-9a-f]{1,32}")
_MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}")
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,14}")
_HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_REGION = re.compile(r"[a-z0-9-]{1,32}")
_TOKEN = re.compile(r"[0-9a-f]{5}")
_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}( [A-Za-z0-9][A-Za-z0-9.-]{0,252})*")
_RESERVED_LINKS = re.compile(r"(lo|uplink|br[0-9]+)")


def _demand(truth: object, message: str) -> None:
    if not truth:
        raise InvalidInput(message)


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as wrong:
        raise InvalidInput(f"{text!r} is not an IPv4 network: {wrong}.") from wrong


def _address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError as wrong:
        raise InvalidInput(f"{text!r} is not an IPv4 address.") from wrong


@dataclass(frozen=True)
class Rule:
    """One permission of a security group, towards or from a range or the members of a group.

    `protocol`: `tcp`, `udp`, `icmp`, `-1` (all) or a number. Ports are inclusive; for ICMP they are type and
    code, -1 for any. Exactly one of `cidr` (IPv6 is taken and matches nothing) and `group_id` is given.
    """

    protocol: str
    from_port: int
    to_port: int
    cidr: str | None = None
    group_id: str | None = None

    def __post_init__(self) -> None:
        known = self.protocol in ("tcp", "udp", "icmp", "-1")
        number = self.protocol.isascii() and self.protocol.isdigit() and int(self.protocol) <= 255
        _demand(known or number, f"Protocol {self.protocol!r} is none of tcp, udp, icmp, -1, 0-255.")
        _demand((self.cidr is None) != (self.group_id is None), "A rule names either a range or a group.")
        if self.cidr is not None:
            try:
                ip_network(self.cidr)
            except ValueError as wrong:
                raise InvalidInput(f"{self.cidr!r} is not a range: {wrong}.") from wrong
        if self.group_id is not None:
            _demand(_ID.fullmatch(self.group_id), f"{self.group_id!r} is not a group id.")
        if self.protocol in ("tcp", "udp", "6", "17"):
            ordered = 0 <= self.from_port <= self.to_port <= 65535
            _demand(ordered, f"{self.from_port}-{self.to_port} is not a range of ports.")
        if self.protocol in ("icmp", "1"):
            sound = -1 <= self.from_port <= 255 and -1 <= self.to_port <= 255
            _demand(sound, f"{self.from_port}/{self.to_port} is not an ICMP type and code.")


@dataclass(frozen=True)
class Group:
    """A security group: what may come in and go out of its members."""

    id: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        _demand(_ID.fullmatch(self.id), f"{self.id!r} is not a group id.")


INTERNET, NOWHERE = "internet", "nowhere"


@dataclass(frozen=True)
class Route:
    """Where a range outside the VPC lies: `target` is `internet`, `nowhere` or an interface's id."""

    destination: str
    target: str

    def __post_init__(self) -> None:
        _network(self.destination)
        known = self.target in (INTERNET, NOWHERE) or _ID.fullmatch(self.target)
        _demand(known, f"{self.target!r} is no target of a route.")


@dataclass(frozen=True)
class Subnet:
    """A range of the VPC on a bridge of its own, `br<index>`; the index is unique in the VPC.

    `routes` are those beside the VPC's own range; unless said otherwise, everything else is the internet.
    """

    id: str
    cidr: str
    index: int
    routes: tuple[Route, ...] = (Route("0.0.0.0/0", INTERNET),)

    def __post_init__(self) -> None:
        _demand(_ID.fullmatch(self.id), f"{self.id!r} is not a subnet id.")
        _demand(0 <= self.index <= 9999, f"Subnet index {self.index} is not in 0-9999.")
        _demand(_network(self.cidr).prefixlen <= 28, f"Subnet {self.cidr} is smaller than /28.")
        destinations = [route.destination for route in self.routes]
        _demand(len(set(destinations)) == len(destinations), f"{self.id}: a route is given twice.")

    def target_of(self, address: str) -> str:
        """The target of the most specific route to an address outside the VPC; `nowhere` without one."""
        one = IPv4Address(address)
        matching = [route for route in self.routes if one in IPv4Network(route.destination)]
        best = max(matching, key=lambda route: IPv4Network(route.destination).prefixlen, default=None)
        return NOWHERE if best is None else best.target


@dataclass(frozen=True)
class Interface:
    """A network interface of an instance. `tap` is its port's link name, `hostname` the first label.

    Without `source_dest_check` it forwards: it sends with any source and gets what is routed to it.
    A link of that name that already stands in the namespace is used as it is, whatever its kind; otherwise a
    persistent tap is made.
    """

    id: str
    subnet_id: str
    mac: str
    private_ip: str
    tap: str
    hostname: str
    public_ip: str | None = None
    group_ids: tuple[str, ...] = ()
    source_dest_check: bool = True

    def __post_init__(self) -> None:
        _demand(_ID.fullmatch(self.id), f"{self.id!r} is not an interface id.")
        _demand(_MAC.fullmatch(self.mac), f"{self.mac!r} is not a unicast MAC address in lower case.")
        _demand(_LINK.fullmatch(self.tap), f"{self.tap!r} is not a link name.")
        _demand(
            not _RESERVED_LINKS.fullmatch(self.tap), f"The link name {self.tap!r} is taken by the VPC itself."
        )
        _demand(_HOSTNAME.fullmatch(self.hostname), f"{self.hostname!r} is not a host name of one label.")
        _address(self.private_ip)
        if self.public_ip is not None:
            _address(self.public_ip)


@dataclass(frozen=True)
class Leases:
    """What DHCP tells beside address and router. `name_servers` None: the VPC's own resolver."""

    domain: str | None = None
    name_servers: tuple[str, ...] | None = None
    ntp_servers: tuple[str, ...] = ()
    netbios_servers: tuple[str, ...] = ()
    netbios_node_type: int | None = None

    def __post_init__(self) -> None:
        _demand(self.domain is None or _DOMAIN.fullmatch(self.domain), f"{self.domain!r} is no domain.")
        for server in (*(self.name_servers or ()), *self.ntp_servers, *self.netbios_servers):
            _address(server)
        _demand(self.netbios_node_type in (None, 1, 2, 4, 8), "A NetBIOS node type is 1, 2, 4 or 8.")


@dataclass(frozen=True)
class Vpc:
    """A whole VPC. `link_index` says which /30 of the transit pool its link to the host has.

    `dns` says whether its resolver answers.
    """

    id: str
    region: str
    cidr: str
    link_index: int
    subnets: tuple[Subnet, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    groups: tuple[Group, ...] = ()
    leases: Leases = Leases()
    dns: bool = True

    def interfaces_in(self, subnet: Subnet) -> tuple[Interface, ...]:
        """The interfaces of a subnet."""
        return tuple(one for one in self.interfaces if one.subnet_id == subnet.id)

    def __post_init__(self) -> None:
        _demand(_ID.fullmatch(self.id), f"{self.id!r} is not a VPC id.")
        _demand(_REGION.fullmatch(self.region), f"{self.region!r} is not a region.")
        whole = _network(self.cidr)
        _demand(whole.prefixlen <= 28, f"VPC {self.cidr} is smaller than /28.")
        ranges = [_network(subnet.cidr) for subnet in self.subnets]
        for number, one in enumerate(ranges):
            _demand(one.subnet_of(whole), f"Subnet {one} lies outside {whole}.")
            _demand(
                not any(one.overlaps(other) for other in ranges[:number]), f"Subnet {one} overlaps another."
            )
        self._check_unique()
        group_ids = {group.id for group in self.groups}
        subnets = {subnet.id: _network(subnet.cidr) for subnet in self.subnets}
        for interface in self.interfaces:
            _demand(interface.subnet_id in subnets, f"{interface.id}: no subnet {interface.subnet_id}.")
            inside = _address(interface.private_ip) in subnets[interface.subnet_id]
            _demand(inside, f"{interface.id}: {interface.private_ip} lies outside its subnet.")
            missing = set(interface.group_ids) - group_ids
            _demand(not missing, f"{interface.id}: no groups {sorted(missing)}.")

    def _check_unique(self) -> None:
        public = [one.public_ip for one in self.interfaces if one.public_ip is not None]
        for what, names in (
            ("subnet id", [one.id for one in self.subnets]),
            ("subnet index", [one.index for one in self.subnets]),
            ("group id", [one.id for one in self.groups]),
            ("interface id", [one.id for one in self.interfaces]),
            ("MAC address", [one.mac for one in self.interfaces]),
            ("link name", [one.tap for one in self.interfaces]),
            ("private address", [one.private_ip for one in self.interfaces]),
            ("public address", public),
        ):
            _demand(len(set(names)) == len(names), f"{self.id}: a {what} is given twice.")


@dataclass(frozen=True)
class HostNetwork:
    """What all VPCs of one server share.

    `public_pool` and `transit_pool` are IPv4 networks; `token` comes from `names.token(data_dir)` and marks
    what is this server's. With `masquerade_public` False, public sources leave the host as they are: for a
    pool that the outside really routes to this host. `resolv_conf` names the resolvers that questions end at.
    """

    public_pool: str
    transit_pool: str
    token: str
    masquerade_public: bool = True
    resolv_conf: Path = Path("/etc/resolv.conf")

    def __post_init__(self) -> None:
        _demand(_TOKEN.fullmatch(self.token), f"{self.token!r} is not five hex digits.")
        public, transit = _network(self.public_pool), _network(self.transit_pool)
        _demand(not public.overlaps(transit), f"The pools {public} and {transit} overlap.")
        _demand(transit.prefixlen <= 30, f"The transit pool {transit} is smaller than /30.")
