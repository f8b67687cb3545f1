"""A network to test with: one namespace plays the host, one the internet, one each guest.

The test's own thread lives in the host's namespace while the lab stands, so nothing touches the real host's links,
routes and rules, and any number of labs stand side by side. Sockets are opened inside the namespaces by this
very process; no helper programs run.
"""

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from amiable.compute.net import addresses, names
from amiable.compute.net import vpc as real
from amiable.compute.net.inside import NAMESPACES, run_inside
from amiable.compute.net.wanted import Group, HostNetwork, Interface, Rule, Subnet, Vpc
from amiable.core import proc

INTERNET, HOST = "203.0.113.1", "203.0.113.2"
PATIENCE = 0.7
"""Seconds after which a connection counts as blocked; every blocked one has an open one beside it."""

OPEN_OUT = (Rule("-1", 0, 0, cidr="0.0.0.0/0"),)


@dataclass
class Lab:
    """The stage: names of the namespaces, the host's network, the folder, what is wanted by VPC id."""

    tag: str
    host: HostNetwork
    folder: Path
    namespaces: list[str] = field(default_factory=list)

    @property
    def internet(self) -> str:
        return f"lab{self.tag}-net"

    @property
    def here(self) -> str:
        return f"lab{self.tag}-host"

    def inside(self, vpc: Vpc) -> str:
        return names.vpc_name(self.host.token, vpc.id)

    def guest(self, one: Interface) -> str:
        return f"lab{self.tag}-{one.tap}"

    def ensure(self, vpc: Vpc) -> None:
        real.ensure(vpc, self.host, self.folder)

    def stand_up(self, vpc: Vpc, *, static: bool = True) -> None:
        """Make the VPC real, with a namespace for each interface in place of a machine."""
        self.ensure(replace(vpc, interfaces=()))
        subnets = {subnet.id: subnet for subnet in vpc.subnets}
        for one in vpc.interfaces:
            guest = self.guest(one)
            self.add_namespace(guest)
            veth = ["ip", "link", "add", one.tap, "netns", self.inside(vpc), "type", "veth"]
            proc.run([*veth, "peer", "name", "eth0", "address", one.mac, "netns", guest])
            ip(guest, "link set lo up", "link set eth0 up")
            if static:
                subnet = subnets[one.subnet_id]
                prefix, router = subnet.cidr.rpartition("/")[2], addresses.router(subnet.cidr)
                ip(guest, f"addr add {one.private_ip}/{prefix} dev eth0", f"route add default via {router}")
        self.ensure(vpc)

    def add_namespace(self, name: str) -> None:
        proc.run(["ip", "netns", "add", name])
        self.namespaces.append(name)


def ip(namespace: str, *lines: str) -> None:
    """Run lines of `ip` in a namespace."""
    proc.run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(lines).encode() + b"\n")


@contextlib.contextmanager
def lab(**options: object) -> Iterator[Lab]:
    """A lab, and nothing of it afterwards."""
    tag = secrets.token_hex(3)
    folder = Path(tempfile.mkdtemp(prefix="netlab-"))
    folder.chmod(0o755)
    host = HostNetwork("198.18.0.0/16", "198.19.0.0/16", names.token(folder), **options)  # type: ignore[arg-type]
    stage = Lab(tag, host, folder / "networks")
    stage.add_namespace(stage.here)
    stage.add_namespace(stage.internet)
    veth = ["ip", "link", "add", "eth0", "netns", stage.here, "type", "veth", "peer", "name", "eth0"]
    proc.run([*veth, "netns", stage.internet])
    ip(stage.here, "link set lo up", f"addr add {HOST}/24 dev eth0", "link set eth0 up")
    ip(stage.here, f"route add default via {INTERNET}")
    ip(stage.internet, "link set lo up", f"addr add {INTERNET}/24 dev eth0", "link set eth0 up")
    ip(stage.internet, f"route add {host.public_pool} via {HOST}")
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(NAMESPACES / stage.here, os.O_RDONLY)
    try:
        _enter(there)
        try:
            yield stage
        finally:
            real.teardown(host, stage.folder)
    finally:
        _enter(home)
        os.close(home)
        os.close(there)
        for name in stage.namespaces:
            if (NAMESPACES / name).exists():
                proc.run(["ip", "netns", "del", name])
        shutil.rmtree(folder)


def _enter(descriptor: int) -> None:
    assert ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000) == 0


def listen(namespace: str, port: int, address: str = "0.0.0.0") -> socket.socket:
    """A listening TCP socket in a namespace."""

    def work() -> socket.socket:
        made = socket.create_server((address, port))
        made.settimeout(5)
        return made

    return run_inside(namespace, work)


def connect(namespace: str, address: str, port: int, source: str = "") -> socket.socket:
    """A connected TCP socket out of a namespace. Raises OSError (TimeoutError when packets are dropped)."""

    def work() -> socket.socket:
        local = (source, 0) if source else None
        return socket.create_connection((address, port), timeout=PATIENCE, source_address=local)

    return run_inside(namespace, work)


def reaches(namespace: str, address: str, port: int, source: str = "") -> bool:
    """Whether a TCP connection comes about."""
    try:
        connect(namespace, address, port, source).close()
    except OSError:
        return False
    return True


def accept(listener: socket.socket) -> tuple[socket.socket, str]:
    """The newest connection to a listener and the source address that it sees; older ones are closed."""
    served, peer = listener.accept()
    listener.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        while True:
            newer, peer = listener.accept()
            served.close()
            served = newer
    listener.settimeout(5)
    return served, str(peer[0])


def seen_from(listener: socket.socket, namespace: str, address: str) -> str:
    """The source address that a listener sees when `namespace` connects to it at `address`."""
    with connect(namespace, address, listener.getsockname()[1]):
        return accept(listener)[1]


def passes(one: socket.socket, other: socket.socket, text: bytes) -> bool:
    """Whether bytes sent on one end of a connection arrive at the other."""
    other.settimeout(PATIENCE)
    try:
        one.sendall(text)
        return other.recv(len(text)) == text
    except OSError:
        return False


def interface(
    number: int, *groups: str, public: str | None = None, subnet: str = "subnet-0a", last: int = 0
) -> Interface:
    """Interface `number` of a test VPC: 10.0.0.(10 + number)."""
    address = f"10.0.0.{last or 10 + number}"
    return Interface(
        id=f"eni-{number:017x}",
        subnet_id=subnet,
        mac=addresses.mac(f"eni-{number:017x}"),
        private_ip=address,
        tap=f"t{number}",
        hostname=addresses.private_label(address),
        public_ip=public,
        group_ids=groups,
    )


def network(
    *interfaces: Interface, groups: tuple[Group, ...], number: int = 0, region: str = "us-east-1"
) -> Vpc:
    """A VPC 10.0.0.0/16 with two subnets."""
    subnets = (Subnet("subnet-0a", "10.0.0.0/24", 0), Subnet("subnet-0b", "10.0.1.0/24", 1))
    return Vpc(f"vpc-{number:017x}", region, "10.0.0.0/16", number, subnets, tuple(interfaces), groups)


def tcp(port: int, cidr: str | None = None, group: str | None = None) -> Rule:
    """A rule for one TCP port."""
    return Rule("tcp", port, port, cidr=cidr, group_id=group)


def snapshot(namespace: str | None = None) -> dict[str, str]:
    """Links, routes, rules and namespaces, as text, to compare before and after."""

    def work() -> dict[str, str]:
        asked = {
            "links": ["ip", "-br", "link"],
            "addresses": ["ip", "-br", "-4", "address"],
            "routes": ["ip", "route", "show", "table", "all"],
            "rules": ["nft", "list", "ruleset"],
        }
        return {name: proc.run(words).text for name, words in asked.items()}

    return work() if namespace is None else run_inside(namespace, work)
