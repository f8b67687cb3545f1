"""A network to test with: one namespace plays the host, one the internet, one each guest.

The test's own thread lives in the host's namespace while the lab stands, so nothing touches the real host's
links, routes and rules, and any number of labs stand side by side. Sockets are opened inside the namespaces
by this very process; no helper programs run.
"""

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import struct
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from amiable.compute.net import addresses, names
from amiable.compute.net import vpc as real
from amiable.compute.net.inside import NAMESPACES, run_inside
from amiable.compute.net.wanted import Group, HostNetwork, Interface, Rule, Subnet, Vpc
from amiable.core import proc

INTERNET, HOST = "203.0.113.1", "203.0.113.2"
OPEN_SECONDS, BLOCKED_SECONDS = 8.0, 1.2
"""How long a connection that should come about may take, and after how long without one it counts as blocked.

A first packet that is lost is sent again after a second."""

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
def lab(*, resolvers: str = "", **options: object) -> Iterator[Lab]:
    """A lab, and nothing of it afterwards."""
    tag = secrets.token_hex(3)
    folder = Path(tempfile.mkdtemp(prefix="netlab-"))
    folder.chmod(0o755)
    if resolvers:
        options["resolv_conf"] = folder / "resolv.conf"
        (folder / "resolv.conf").write_text(resolvers)
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


def connect(
    namespace: str, address: str, port: int, source: str = "", seconds: float = OPEN_SECONDS
) -> socket.socket:
    """A connected TCP socket out of a namespace. Raises OSError (TimeoutError when packets are dropped)."""

    def work() -> socket.socket:
        local = (source, 0) if source else None
        return socket.create_connection((address, port), timeout=seconds, source_address=local)

    return run_inside(namespace, work)


def reaches(namespace: str, address: str, port: int, source: str = "", seconds: float = OPEN_SECONDS) -> bool:
    """Whether a TCP connection comes about."""
    try:
        connect(namespace, address, port, source, seconds).close()
    except OSError:
        return False
    return True


def blocked(namespace: str, address: str, port: int, source: str = "") -> bool:
    """Whether no TCP connection comes about."""
    return not reaches(namespace, address, port, source, BLOCKED_SECONDS)


def reached(tries: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Those of (namespace, address, port) to which a TCP connection comes about, all tried at once."""
    with ThreadPoolExecutor(len(tries)) as pool:
        answers = list(pool.map(lambda one: reaches(*one, seconds=2.5), tries))
    return [one for one, answer in zip(tries, answers, strict=True) if answer]


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


def passes(one: socket.socket, other: socket.socket, text: bytes, seconds: float = OPEN_SECONDS) -> bool:
    """Whether bytes sent on one end of a connection arrive at the other."""
    other.settimeout(seconds)
    try:
        one.sendall(text)
        return other.recv(len(text)) == text
    except OSError:
        return False


def cut(one: socket.socket, other: socket.socket) -> bool:
    """Whether nothing sent on one end of a connection arrives at the other."""
    return not passes(one, other, b"anything", BLOCKED_SECONDS)


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
            "routes": ["ip", "-4", "route", "show", "table", "all"],
            "rules": ["nft", "list", "ruleset"],
        }
        return {name: proc.run(words).text for name, words in asked.items()}

    return work() if namespace is None else run_inside(namespace, work)


WEB, APP, NONE = "sg-0a", "sg-0b", "sg-0c"
ANYWHERE = "0.0.0.0/0"
PUBLIC = "198.18.0.5"
PING = Rule("icmp", 8, 0, cidr=ANYWHERE)


def groups(
    web: tuple[Rule, ...] = (tcp(8000, ANYWHERE), PING),
    app: tuple[Rule, ...] = (tcp(9000, group=WEB),),
    out: tuple[Rule, ...] = OPEN_OUT,
) -> tuple[Group, ...]:
    return (Group(WEB, web, out), Group(APP, app, out), Group(NONE, (), out))


def three(stage: Lab) -> tuple[Vpc, list[str]]:
    """web .11, app .12, none .13"""
    vpc = network(interface(1, WEB), interface(2, APP), interface(3, NONE), groups=groups())
    stage.stand_up(vpc)
    return vpc, [stage.guest(one) for one in vpc.interfaces]


def public_pair(stage: Lab, number: int = 0, public: str | None = PUBLIC) -> tuple[Vpc, str, str]:
    """web with a public address, app without."""
    vpc = network(interface(1, WEB, public=public), interface(2, APP), groups=groups(), number=number)
    stage.stand_up(vpc)
    return vpc, stage.guest(vpc.interfaces[0]), stage.guest(vpc.interfaces[1])


def ask(namespace: str, server: str, name: str, kind: int = 1) -> list[str]:
    """The IPv4 addresses that a name server gives for a name, over UDP; empty when there are none."""

    def work() -> list[str]:
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(1.5)
            answer = b""
            for _ in range(5):
                udp.sendto(
                    struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, kind, 1),
                    (server, 53),
                )
                try:
                    answer = udp.recv(512)
                    break
                except TimeoutError:
                    continue
        count = struct.unpack("!H", answer[6:8])[0] if answer else 0
        at, found = 12 + len(labels) + 5, []
        for _ in range(count):
            at += 2  # a pointer to the name
            type_, _, _, length = struct.unpack("!HHIH", answer[at : at + 10])
            if type_ == 1:
                found.append(socket.inet_ntoa(answer[at + 10 : at + 14]))
            at += 10 + length
        return found

    return run_inside(namespace, work)
