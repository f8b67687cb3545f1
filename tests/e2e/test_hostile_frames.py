"""A hostile guest, frame by frame: whatever it sends, nobody else hears it, and its floods harm no neighbour.

Namespaces play the guests, so that every byte of a frame can be chosen. What a hostile machine can do with
ordinary programs is in test_hostile_guest.py.
"""

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from amiable.compute.net.inside import run_inside
from amiable.compute.net.wanted import Interface
from amiable.core import proc
from tests.e2e.test_network_dhcp import lease
from tests.helpers.netlab import (
    APP,
    INTERNET,
    WEB,
    Lab,
    ask,
    groups,
    interface,
    ip,
    lab,
    listen,
    network,
    reached,
    three,
)

MARK = b"hostile-bytes"
EVERYBODY = "ff:ff:ff:ff:ff:ff"
FLOOD_SECONDS = 4.0
IPV4, ARP, VLAN, IPV6 = 0x0800, 0x0806, 0x8100, 0x86DD


def raw_mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def ethernet(target: str, source: str, kind: int, rest: bytes) -> bytes:
    return raw_mac(target) + raw_mac(source) + struct.pack("!H", kind) + rest


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source: str, target: str, protocol: int, rest: bytes, fragment: int = 0) -> bytes:
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(rest), 7, fragment, 64, protocol, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + rest


def udp(source: str, target: str, source_port: int, port: int, rest: bytes) -> bytes:
    return ipv4(source, target, 17, struct.pack("!HHHH", source_port, port, 8 + len(rest), 0) + rest)


def arp(operation: int, mac: str, address: str, target_mac: str, target: str) -> bytes:
    sender = raw_mac(mac) + socket.inet_aton(address)
    return (
        struct.pack("!HHBBH", 1, IPV4, 6, 4, operation)
        + sender
        + raw_mac(target_mac)
        + socket.inet_aton(target)
    )


def wire(namespace: str) -> socket.socket:
    """A socket that sends and hears whole frames."""

    def work() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        made.bind(("eth0", 0))
        made.settimeout(0.3)
        return made

    return run_inside(namespace, work)


def forged(mine: Interface, friend: Interface, victim: Interface) -> Iterator[bytes]:
    """What no port may send, and what may be sent but must not arrive."""
    me, them = mine.private_ip, victim.private_ip
    for target in (victim.mac, EVERYBODY):
        for mac, address in (
            (friend.mac, me),
            (mine.mac, friend.private_ip),
            (friend.mac, friend.private_ip),
            (mine.mac, "169.254.169.254"),
            (mine.mac, "10.0.0.1"),
            (mine.mac, me),  # its own: but the victim's group lets it not in
        ):
            yield ethernet(target, mac, IPV4, udp(address, them, 5000, 9000, MARK))
        own = partial(ethernet, target, mine.mac)
        for address in (friend.private_ip, them, "10.0.0.1", "10.0.0.2"):
            for operation in (1, 2):
                yield own(ARP, arp(operation, mine.mac, address, target, them) + MARK)
        packet = udp(me, them, 5000, 9000, MARK)
        yield own(VLAN, struct.pack("!HH", 5, IPV4) + packet)
        yield own(0x88A8, struct.pack("!HHHH", 5, VLAN, 6, IPV4) + packet)
        yield own(IPV6, b"\x60" + bytes(5) + b"\x3a\xff" + bytes(32) + MARK)
        yield own(0x88CC, MARK)
        # a DHCP server of its own
        yield own(IPV4, udp(me, "255.255.255.255", 67, 68, b"\2" + bytes(300) + MARK))
        for fragment in (0x2000, 0x0010, 0x1FFF):
            yield own(IPV4, ipv4(me, them, 17, MARK * 3, fragment))
        for protocol in (1, 2, 4, 41, 47, 132, 255):
            yield own(IPV4, ipv4(me, them, protocol, MARK * 2))
    yield ethernet("01:80:c2:00:00:00", mine.mac, 0x0026, b"\x42\x42\x03" + bytes(35) + MARK)  # spanning tree
    yield ethernet("33:33:00:00:00:01", mine.mac, IPV6, b"\x60" + bytes(5) + b"\x3a\xff" + bytes(32) + MARK)
    yield ethernet("01:00:5e:00:00:01", mine.mac, IPV4, udp(me, "224.0.0.1", 5000, 9000, MARK))


def garbage(mine: Interface, victim: Interface, count: int) -> Iterator[bytes]:
    """Frames of any length and content; every second one claims to be its own IPv4."""
    chance = random.Random(4)  # the same ones every time
    for number in range(count):
        rest = chance.randbytes(chance.randrange(1, 1480)) + MARK
        kind = IPV4 if number % 2 else chance.randrange(65536)
        yield ethernet(victim.mac if number % 3 else EVERYBODY, mine.mac, kind, rest)


def send(link: socket.socket, frames: Iterator[bytes]) -> None:
    for frame in frames:
        link.send(frame.ljust(60, b"\0"))


def test_forged_frames_reach_nobody() -> None:
    with lab() as stage:
        vpc, (web, app, none) = three(stage)
        friend, victim, mine = vpc.interfaces
        held = [listen(app, 9000)]
        assert reached([(web, victim.private_ip, 9000)]), "so the victim knows its router by ARP"
        before = known(app)
        ip(none, "link set eth0 mtu 9000")
        with wire(none) as link, wire(app) as ear:
            send(link, forged(mine, friend, victim))
            send(link, garbage(mine, victim, 500))
            giant = udp(mine.private_ip, victim.private_ip, 5000, 9000, MARK * 600)
            with suppress(OSError):  # larger than the port takes
                send(link, iter([ethernet(victim.mac, mine.mac, IPV4, giant)]))
            heard = frames_heard(ear)
        bad = [frame for frame in heard if MARK in frame or frame[6:12] == raw_mac(mine.mac)]
        assert not bad, bad[0]
        assert known(app) == before, "nobody is believed by ARP"
        assert reached([(web, victim.private_ip, 9000)]), "all goes on"
        assert ask(app, "10.0.0.2", "instance-data.ec2.internal") == ["169.254.169.254"]
        del held


def frames_heard(ear: socket.socket) -> list[bytes]:
    """All frames that came in, until none comes any more."""
    heard = []
    try:
        while True:
            frame, sender = ear.recvfrom(10000)
            if sender[2] != socket.PACKET_OUTGOING:
                heard.append(frame)
    except TimeoutError:
        return heard


def known(namespace: str) -> set[tuple[str, str]]:
    """The addresses that a guest has learned by ARP."""
    lines = proc.run(["ip", "-n", namespace, "-4", "neigh"]).text.splitlines()
    return {(words[0], words[4]) for words in map(str.split, lines) if "lladdr" in words}


@contextmanager
def upstream(stage: Lab) -> Iterator[None]:
    """A name server outside that answers for `good` names and never for others."""

    def bound() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((INTERNET, 53))
        made.settimeout(0.2)
        return made

    server, over = run_inside(stage.internet, bound), threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                question, asker = server.recvfrom(600)
            except TimeoutError:
                continue
            if b"\4good" in question:
                end = question.index(b"\0", 12) + 5
                answer = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + socket.inet_aton("192.0.2.80")
                head = question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0"
                server.sendto(head + question[12:end] + answer, asker)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        server.close()


def dhcp_discover(mac: str, number: int) -> bytes:
    message = struct.pack("!BBBBIHH", 1, 1, 6, 0, number, 0, 0x8000) + bytes(16) + raw_mac(mac) + bytes(202)
    return udp("0.0.0.0", "255.255.255.255", 68, 67, message + b"\x63\x82\x53\x63\x35\1\1\xff")


def question(number: int) -> bytes:
    label = f"x{number:07}".encode()
    return (
        struct.pack("!6H", number & 0xFFFF, 0x100, 1, 0, 0, 0)
        + bytes([len(label)])
        + label
        + b"\4dead\0\0\1\0\1"
    )


def flood(mine: Interface, router: str, namespace: str, over: threading.Event) -> int:
    """DHCP, DNS, ARP, new connections and garbage, as fast as it goes; how many frames were sent."""
    sent, me = 0, mine.private_ip
    with wire(namespace) as link:
        while not over.is_set():
            number = sent // 5
            port, address = 1024 + number % 60000, f"10.0.{number % 4}.{number % 250 + 1}"
            for frame in (
                ethernet(EVERYBODY, mine.mac, IPV4, dhcp_discover(mine.mac, number)),
                ethernet(router, mine.mac, IPV4, udp(me, "10.0.0.2", port, 53, question(number))),
                ethernet(EVERYBODY, mine.mac, ARP, arp(1, mine.mac, me, EVERYBODY, address)),
                ethernet(router, mine.mac, IPV4, udp(me, address, port, 9, MARK)),
                ethernet(EVERYBODY, mine.mac, 0x1234, MARK * 100),
            ):
                sent += 1
                with suppress(OSError):  # the queue is full: that is what a flood is for
                    link.send(frame.ljust(60, b"\0"))
    return sent


def slowest(truth: Callable[[], bool], moment: float) -> float:
    """How long the slowest of several tries took until a moment; all must succeed."""
    worst = 0.0
    while time.monotonic() < moment:
        began = time.monotonic()
        assert truth()
        worst = max(worst, time.monotonic() - began)
        time.sleep(0.2)
    return worst


def test_floods_harm_no_neighbour() -> None:
    with lab(resolvers=f"nameserver {INTERNET}\n") as stage, upstream(stage):
        vpc, (web, app, none) = three(stage)
        other = network(interface(5, WEB), interface(6, APP), groups=groups(), number=1)
        stage.stand_up(other)
        tenant = stage.guest(other.interfaces[0])
        held = [listen(app, 9000), listen(stage.guest(other.interfaces[1]), 9000)]
        mine, over, sent = vpc.interfaces[2], threading.Event(), [0]
        assert reached([(none, "10.0.0.1", 1)]) == [], "so it knows its router by ARP"
        router = dict(known(none))["10.0.0.1"]

        def work() -> None:
            sent[0] = flood(mine, router, none, over)

        attack = threading.Thread(target=work)
        attack.start()
        try:
            end = time.monotonic() + FLOOD_SECONDS
            worst = slowest(
                lambda: (
                    ask(tenant, "10.0.0.2", f"{time.monotonic_ns()}.good") == ["192.0.2.80"]
                    and ask(web, "10.0.0.2", "ip-10-0-0-12.ec2.internal") == ["10.0.0.12"]
                    and len(reached([(web, "10.0.0.12", 9000), (tenant, "10.0.0.16", 9000)])) == 2
                ),
                end,
            )
            assert lease(stage, web)["ip"] == "10.0.0.11"
        finally:
            over.set()
            attack.join()
        print(
            f"{sent[0]} frames in {FLOOD_SECONDS:.0f} s; the slowest round of neighbours took {worst:.2f} s"
        )
        assert sent[0] > 1000
        assert worst < 5
        assert ask(none, "10.0.0.2", "instance-data.ec2.internal") == ["169.254.169.254"], "and it is over"
        del held
