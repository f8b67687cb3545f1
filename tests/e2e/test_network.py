"""Real networks, with namespaces in place of machines: rules, addresses, spoofing, DHCP, DNS, repair, removal."""

import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

import pytest
from tests.helpers.netlab import (
    INTERNET,
    OPEN_OUT,
    PATIENCE,
    Lab,
    accept,
    connect,
    interface,
    ip,
    lab,
    listen,
    network,
    passes,
    reaches,
    seen_from,
    snapshot,
    tcp,
)

from amiable.compute.net import addresses, dnsmasq, links, names
from amiable.compute.net import vpc as real
from amiable.compute.net.inside import NAMESPACES, exists, run_inside
from amiable.compute.net.tap import open_tap
from amiable.compute.net.wanted import Group, HostNetwork, Rule, Vpc
from amiable.core import proc
from amiable.core.errors import Conflict, NotFound

WEB, APP, NONE = "sg-0a", "sg-0b", "sg-0c"
ANYWHERE = "0.0.0.0/0"
PUBLIC = "198.18.0.5"
PING = Rule("icmp", 8, 0, cidr=ANYWHERE)


@pytest.fixture
def stage() -> Iterator[Lab]:
    with lab() as made:
        yield made


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


def ping(namespace: str, address: str) -> bool:
    """Whether an echo request of a namespace is answered."""

    def work() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
            raw.settimeout(PATIENCE)
            head = struct.pack("!BBHHH", 8, 0, 0, 77, 1)
            total = sum(struct.unpack("!4H", head))
            raw.sendto(struct.pack("!BBHHH", 8, 0, ~(total + (total >> 16)) & 0xFFFF, 77, 1), (address, 0))
            try:
                while raw.recv(100)[20] != 0:
                    pass
            except TimeoutError:
                return False
            return True

    return run_inside(namespace, work)


# ── security groups ──────────────────────────────────────────────────────────────────────────────────────────


def test_groups_decide_who_reaches_whom(stage: Lab) -> None:
    _, (web, app, none) = three(stage)
    held = [listen(guest, port) for guest in (web, app, none) for port in (8000, 9000)]
    assert reaches(app, "10.0.0.11", 8000)
    assert not reaches(app, "10.0.0.11", 9000)
    assert reaches(web, "10.0.0.12", 9000)
    assert not reaches(none, "10.0.0.12", 9000)
    assert not reaches(web, "10.0.0.13", 8000)
    assert ping(none, "10.0.0.11")
    assert not ping(web, "10.0.0.12")
    assert ping(web, "10.0.0.1"), "the router answers"
    del held


def test_membership_counts_at_once(stage: Lab) -> None:
    vpc, (_, app, none) = three(stage)
    listener = listen(app, 9000)
    assert not reaches(none, "10.0.0.12", 9000)
    joined = replace(vpc.interfaces[2], group_ids=(NONE, WEB))
    stage.ensure(replace(vpc, interfaces=(*vpc.interfaces[:2], joined)))
    assert seen_from(listener, none, "10.0.0.12") == "10.0.0.13"
    stage.ensure(vpc)
    assert not reaches(none, "10.0.0.12", 9000)


def test_egress_rules_are_enforced(stage: Lab) -> None:
    out = (tcp(8000, "10.0.0.11/32"), Rule("udp", 1000, 2000, cidr=ANYWHERE))
    everything = (Rule("-1", 0, 0, cidr=ANYWHERE),)
    vpc = network(interface(1, WEB), interface(2, WEB), groups=groups(web=everything, out=out))
    stage.stand_up(vpc)
    first, second = (stage.guest(one) for one in vpc.interfaces)
    held = [listen(first, 8000), listen(first, 8001), listen(second, 8000)]
    assert reaches(second, "10.0.0.11", 8000)
    assert not reaches(second, "10.0.0.11", 8001)
    assert not reaches(first, "10.0.0.12", 8000)
    del held


def test_subnets_are_routed_and_judged(stage: Lab) -> None:
    other = replace(interface(2, APP, subnet="subnet-0b"), private_ip="10.0.1.12", hostname="ip-10-0-1-12")
    vpc = network(interface(1, WEB), other, interface(3, NONE), groups=groups())
    stage.stand_up(vpc)
    web, app, none = (stage.guest(one) for one in vpc.interfaces)
    listener = listen(app, 9000)
    assert seen_from(listener, web, "10.0.1.12") == "10.0.0.11"
    assert not reaches(none, "10.0.1.12", 9000)


def test_a_revoked_rule_cuts_its_flows_and_no_others(stage: Lab) -> None:
    vpc, (web, app, _) = three(stage)
    both = replace(vpc, groups=groups(web=(tcp(8000, ANYWHERE), tcp(8001, ANYWHERE))))
    stage.ensure(both)
    doomed_listener, kept_listener = listen(web, 8000), listen(web, 8001)
    doomed, kept = connect(app, "10.0.0.11", 8000), connect(app, "10.0.0.11", 8001)
    (doomed_end, _), (kept_end, _) = accept(doomed_listener), accept(kept_listener)
    assert passes(doomed, doomed_end, b"before")
    assert passes(kept, kept_end, b"before")
    stage.ensure(replace(vpc, groups=groups(web=(tcp(8001, ANYWHERE),))))
    assert not passes(doomed_end, doomed, b"from the server")
    assert not passes(doomed, doomed_end, b"from the client")
    assert passes(kept, kept_end, b"after")
    assert passes(kept_end, kept, b"after")


# ── spoofing ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_another_address_or_mac_gets_nowhere(stage: Lab) -> None:
    vpc, (web, app, none) = three(stage)
    listener = listen(app, 9000)
    assert seen_from(listener, web, "10.0.0.12") == "10.0.0.11"
    ip(none, "addr add 10.0.0.11/32 dev eth0")
    assert not reaches(none, "10.0.0.12", 9000, source="10.0.0.11")
    ip(none, "addr del 10.0.0.11/32 dev eth0")
    target = listen(web, 8000)
    assert seen_from(target, none, "10.0.0.11") == "10.0.0.13"
    ip(none, f"link set eth0 address {vpc.interfaces[0].mac}")
    assert not reaches(none, "10.0.0.11", 8000)


def arp(namespace: str, mac: str, sender: str, wanted: str) -> bytes | None:
    """The hardware address that an ARP request gets for an answer, or None."""

    def work() -> bytes | None:
        raw_mac = bytes.fromhex(mac.replace(":", ""))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as raw:
            raw.bind(("eth0", 0x0806))
            raw.settimeout(PATIENCE)
            own = raw.getsockname()[4]
            question = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + raw_mac + socket.inet_aton(sender)
            raw.send(b"\xff" * 6 + own + b"\x08\x06" + question + bytes(6) + socket.inet_aton(wanted))
            try:
                while True:
                    frame = raw.recv(100)
                    if frame[20:22] == b"\0\2" and frame[28:32] == socket.inet_aton(wanted):
                        return frame[22:28]
            except TimeoutError:
                return None

    return run_inside(namespace, work)


def test_arp_is_answered_by_the_router_and_never_believed_for_others(stage: Lab) -> None:
    vpc, (web, app, none) = three(stage)
    mine, victim = vpc.interfaces[2], vpc.interfaces[0]
    router = arp(none, mine.mac, mine.private_ip, "10.0.0.1")
    assert router is not None
    assert arp(none, mine.mac, mine.private_ip, "10.0.0.12") == router, "guests see the router everywhere"
    assert arp(none, mine.mac, victim.private_ip, "10.0.0.1") is None
    assert arp(none, victim.mac, mine.private_ip, "10.0.0.1") is None
    assert reaches(app, victim.private_ip, 8000) is False  # nobody listens: a refusal, not poison
    listener = listen(web, 8000)
    assert seen_from(listener, app, victim.private_ip) == "10.0.0.12"


# ── public addresses ─────────────────────────────────────────────────────────────────────────────────────────


def public_pair(stage: Lab, number: int = 0, public: str | None = PUBLIC) -> tuple[Vpc, str, str]:
    """web with a public address, app without."""
    vpc = network(interface(1, WEB, public=public), interface(2, APP), groups=groups(), number=number)
    stage.stand_up(vpc)
    return vpc, stage.guest(vpc.interfaces[0]), stage.guest(vpc.interfaces[1])


def test_host_and_internet_reach_a_public_address_by_its_rules(stage: Lab) -> None:
    _, web, _ = public_pair(stage)
    open_port, closed_port = listen(web, 8000), listen(web, 22)
    assert seen_from(open_port, stage.internet, PUBLIC) == INTERNET
    assert seen_from(open_port, stage.here, PUBLIC) == "198.19.0.0", "the host's end of the link"
    assert not reaches(stage.here, PUBLIC, 22)
    assert not reaches(stage.internet, PUBLIC, 22)
    assert reaches(web, "127.0.0.1", 22)
    del closed_port


def test_guests_reach_the_internet_behind_the_host(stage: Lab) -> None:
    _, web, app = public_pair(stage)
    listener = listen(stage.internet, 80)
    assert seen_from(listener, web, INTERNET) == "203.0.113.2"
    assert seen_from(listener, app, INTERNET) == "203.0.113.2"


def test_a_routed_pool_shows_public_sources() -> None:
    with lab(masquerade_public=False) as stage:
        _, web, app = public_pair(stage)
        listener = listen(stage.internet, 80)
        assert seen_from(listener, web, INTERNET) == PUBLIC
        assert seen_from(listener, app, INTERNET) == "203.0.113.2"


def test_a_public_address_is_reached_from_its_own_vpc(stage: Lab) -> None:
    vpc, web, app = public_pair(stage)
    listener, closed = listen(web, 8000), listen(web, 8001)
    assert seen_from(listener, app, PUBLIC) == "198.19.0.2", "the VPC's NAT address"
    assert seen_from(listener, web, PUBLIC) == PUBLIC, "its own public address"
    assert not reaches(app, PUBLIC, 8001)
    moved = replace(vpc, interfaces=(replace(vpc.interfaces[0], public_ip="198.18.0.6"), vpc.interfaces[1]))
    stage.ensure(moved)
    assert not reaches(stage.here, PUBLIC, 8000)
    assert reaches(stage.here, "198.18.0.6", 8000)
    del closed


def test_the_same_range_twice_side_by_side(stage: Lab) -> None:
    _, web, app = public_pair(stage)
    again = network(interface(1, WEB, public="198.18.0.9"), interface(4, APP), groups=groups(), number=1)
    stage.stand_up(replace(again, interfaces=(replace(again.interfaces[0], tap="t9"), again.interfaces[1])))
    twin = f"lab{stage.tag}-t9"
    here, there = listen(web, 8000), listen(twin, 8000)
    assert seen_from(here, app, "10.0.0.11") == "10.0.0.12"
    assert seen_from(there, f"lab{stage.tag}-t4", "10.0.0.11") == "10.0.0.14"
    assert seen_from(there, web, "198.18.0.9") == PUBLIC, "from VPC to VPC by public addresses"
    assert seen_from(here, f"lab{stage.tag}-t4", PUBLIC) == "198.19.0.6"
    assert not reaches(app, "10.0.0.14", 8000)


def test_guests_never_reach_the_host(stage: Lab) -> None:
    vpc, web, app = public_pair(stage)
    held = [listen(stage.here, port) for port in (22, 10054)]
    inner = listen(stage.inside(vpc), 8080)
    outside = listen(stage.internet, 22)
    for guest in (web, app):
        assert reaches(guest, INTERNET, 22)
        for address in ("203.0.113.2", "198.19.0.0"):
            assert not reaches(guest, address, 22)
        assert not reaches(guest, "198.19.0.0", 10053), "nor the host's forwarder directly"
        for address in ("10.0.0.1", "198.19.0.1", "169.254.169.254"):
            assert not reaches(guest, address, 8080)
        assert not reaches(guest, "169.254.170.2", 80)
    del held, inner, outside


def test_what_nobody_holds_stays_on_the_machine(stage: Lab) -> None:
    public_pair(stage)
    for address in ("198.18.0.77", "198.19.0.77"):
        answer = proc.run(["ip", "route", "get", address], check=False)
        assert answer.status != 0, answer.text
    other = "blackhole 198.18.0.0/16"
    assert other in proc.run(["ip", "route"]).text


def test_an_address_that_others_route_is_refused(stage: Lab) -> None:
    proc.run(["ip", "route", "add", f"{PUBLIC}/32", "via", INTERNET])
    with pytest.raises(Conflict, match="already routes"):
        stage.ensure(network(interface(1, WEB, public=PUBLIC), groups=groups()))


# ── DHCP and DNS ─────────────────────────────────────────────────────────────────────────────────────────────


def lease(stage: Lab, namespace: str) -> dict[str, str]:
    """What a real DHCP client (busybox udhcpc) is given; empty if nothing."""
    answer = stage.folder.parent / f"{namespace}.lease"
    script = stage.folder.parent / "udhcpc.sh"
    script.write_text(f'#!/bin/sh\n[ "$1" = bound ] && env > {answer}\nexit 0\n')
    script.chmod(0o755)
    answer.unlink(missing_ok=True)
    asked = [word for option in ("121", "26", "12", "15") for word in ("-O", option)]
    command = [
        "busybox",
        "udhcpc",
        "-i",
        "eth0",
        "-n",
        "-q",
        "-f",
        "-t",
        "3",
        "-T",
        "1",
        "-s",
        script,
        *asked,
    ]
    run_inside(namespace, lambda: proc.run(command, check=False))
    if not answer.exists():
        return {}
    return dict(line.split("=", 1) for line in answer.read_text().splitlines() if "=" in line)


def test_dhcp_tells_known_machines_all_they_need(stage: Lab) -> None:
    vpc = network(interface(1, WEB), groups=groups(), region="eu-test-1")
    stage.stand_up(vpc, static=False)
    guest = stage.guest(vpc.interfaces[0])
    given = lease(stage, guest)
    assert given["ip"] == "10.0.0.11"
    assert given["mask"] == "24"
    assert given["router"] == "10.0.0.1"
    assert given["dns"] == "10.0.0.2"
    assert given["domain"] == "eu-test-1.compute.internal"
    assert given["hostname"] == "ip-10-0-0-11"
    assert given["mtu"] == "1500"
    assert given["staticroutes"] == "0.0.0.0/0 10.0.0.1 169.254.169.254/32 10.0.0.1"


def test_dhcp_gives_strangers_nothing_and_a_passed_on_address_to_its_new_owner(stage: Lab) -> None:
    first, second = interface(1, WEB), interface(2, WEB)
    vpc = network(first, second, groups=groups())
    stage.stand_up(vpc, static=False)
    old, new = stage.guest(first), stage.guest(second)
    assert lease(stage, old)["ip"] == "10.0.0.11"
    assert lease(stage, new)["ip"] == "10.0.0.12"
    ip(old, "link set eth0 address 02:00:00:00:00:99")
    assert lease(stage, old) == {}
    stage.ensure(replace(vpc, interfaces=(replace(second, private_ip="10.0.0.11", hostname="ip-10-0-0-11"),)))
    assert lease(stage, new)["ip"] == "10.0.0.11"


def ask(namespace: str, server: str, name: str, kind: int = 1) -> list[str]:
    """The IPv4 addresses that a name server gives for a name, over UDP; empty when there are none."""

    def work() -> list[str]:
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(PATIENCE)
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


def test_dns_knows_private_names_and_asks_outside_for_the_rest(tmp_path: Path) -> None:
    resolvers = tmp_path / "resolv.conf"
    resolvers.write_text(f"nameserver {INTERNET}\n")
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(above.stat().st_mode | 0o001)
    with lab(resolv_conf=resolvers) as stage:
        _, web, app = public_pair(stage)
        pid = tmp_path / "pid"
        outside = ["dnsmasq", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", f"--pid-file={pid}"]
        outside += [
            "--address=/example.org/203.0.113.80",
            f"--listen-address={INTERNET}",
            "--bind-interfaces",
        ]
        run_inside(stage.internet, lambda: proc.run(outside))
        try:
            for guest in (web, app):
                for server in ("10.0.0.2", "169.254.169.253"):
                    assert ask(guest, server, "ip-10-0-0-12.ec2.internal") == ["10.0.0.12"]
                assert ask(guest, "10.0.0.2", "instance-data.ec2.internal") == ["169.254.169.254"]
                assert ask(guest, "10.0.0.2", "www.example.org") == ["203.0.113.80"]
            assert ask(web, "10.0.0.2", "ip-10-0-0-99.ec2.internal") == []
        finally:
            os.kill(int(pid.read_text()), signal.SIGTERM)


# ── taps ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tap_is_handed_over_once(stage: Lab) -> None:
    vpc = network(interface(1, WEB), groups=groups())
    stage.ensure(vpc)
    one, inside = vpc.interfaces[0], stage.inside(vpc)
    with pytest.raises(NotFound):
        open_tap(inside, "t77")
    with pytest.raises(NotFound):
        open_tap("amnone", one.tap)
    descriptor = open_tap(inside, one.tap)
    try:
        with pytest.raises(Conflict):
            open_tap(inside, one.tap)
        mac = bytes.fromhex(one.mac.replace(":", ""))
        question = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + socket.inet_aton(one.private_ip)
        frame = b"\xff" * 6 + mac + b"\x08\x06" + question + bytes(6) + socket.inet_aton("10.0.0.1")
        os.set_blocking(descriptor, True)
        os.write(descriptor, bytes(10) + frame)  # 10 bytes of virtio header come first
        while (answer := os.read(descriptor, 2000)[10:])[12:14] != b"\x08\x06":
            pass
        assert answer[20:22] == b"\0\2"
        assert answer[28:32] == socket.inet_aton("10.0.0.1")
    finally:
        os.close(descriptor)
    os.close(open_tap(inside, one.tap))


# ── repair and removal ───────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_written_when_nothing_changed(stage: Lab) -> None:
    vpc, _, _ = public_pair(stage)
    home = stage.folder / vpc.id
    before = {path: path.stat().st_mtime_ns for path in home.iterdir()}
    pid = dnsmasq.running(home, stage.inside(vpc))
    handle = proc.run(["nft", "-a", "list", "table", "inet", names.host_table(stage.host.token)]).text
    rules = run_inside(stage.inside(vpc), lambda: proc.run(["nft", "-a", "list", "ruleset"]).text)
    stage.ensure(vpc)
    assert {path: path.stat().st_mtime_ns for path in home.iterdir()} == before
    assert dnsmasq.running(home, stage.inside(vpc)) == pid is not None
    assert proc.run(["nft", "-a", "list", "table", "inet", names.host_table(stage.host.token)]).text == handle
    assert run_inside(stage.inside(vpc), lambda: proc.run(["nft", "-a", "list", "ruleset"]).text) == rules


DAMAGE = {
    "a rule flushed": (True, "nft flush chain inet amiable to_eni_00000000000000001"),
    "all rules gone": (True, "nft flush ruleset"),
    "an element gone": (True, "nft delete element inet amiable receivers {{ 10.0.0.11 }}"),
    "default route gone": (True, "ip route del default"),
    "bridge down": (True, "ip link set br0 down"),
    "bridge gone": (True, "ip link del br0"),
    "port out of its bridge": (True, "ip link set t1 nomaster"),
    "no isolation": (True, "bridge link set dev t1 isolated off"),
    "service address gone": (True, "ip address del 10.0.0.2/32 dev lo"),
    "forwarding off": (True, "sysctl -qw net.ipv4.ip_forward=0"),
    "host's table gone": (False, "nft delete table inet {table}"),
    "host's link gone": (False, "ip link del {link}"),
    "host's link down": (False, "ip link set {link} down"),
    "public route gone": (False, "ip route del 198.18.0.5"),
    "blackhole gone": (False, "ip route del blackhole 198.19.0.0/16"),
}


def standing(stage: Lab, vpc: Vpc) -> list[object]:
    """Links (without MACs, which new ones draw), routes and rules of the host and of the VPC."""

    def work() -> list[object]:
        state = links.state()
        return [
            {name: replace(link, mac="") for name, link in state.links.items()},
            {route for route in state.routes if route.protocol != "kernel"},
            proc.run(["nft", "-s", "list", "ruleset"]).text.splitlines(),
        ]

    return [*work(), *run_inside(stage.inside(vpc), work)]


def test_damage_by_hand_is_mended(stage: Lab) -> None:
    vpc, web, app = public_pair(stage)
    inside, listener = stage.inside(vpc), listen(web, 8000)
    whole = standing(stage, vpc)
    table = names.host_table(stage.host.token)
    for what, (within, command) in DAMAGE.items():
        words = command.format(table=table, link=inside).split()
        run_inside(inside if within else stage.here, partial(proc.run, words))
        assert standing(stage, vpc) != whole or "forwarding" in what, f"{what}: no damage done"
        real.reconcile([vpc], stage.host, stage.folder)
        assert standing(stage, vpc) == whole, what
        assert seen_from(listener, stage.internet, PUBLIC) == INTERNET, what
        assert seen_from(listener, app, "10.0.0.11") == "10.0.0.12", what


def test_a_killed_dnsmasq_and_a_lost_pid_file_are_mended(stage: Lab) -> None:
    vpc, web, _ = public_pair(stage)
    home = stage.folder / vpc.id
    first = dnsmasq.running(home, stage.inside(vpc))
    assert first is not None
    os.kill(first, signal.SIGKILL)
    stage.ensure(vpc)
    second = dnsmasq.running(home, stage.inside(vpc))
    assert second not in (None, first)
    (home / "dnsmasq.pid").unlink()
    stage.ensure(vpc)
    assert dnsmasq.running(home, stage.inside(vpc)) not in (None, second)
    assert ask(web, "10.0.0.2", "ip-10-0-0-12.ec2.internal") == ["10.0.0.12"]


def ensure_and_die(stage: Lab, vpc: Vpc, calls: int) -> bool:
    """Ensure in a child that is killed as it would start its program number `calls + 1`; True if it ended before."""
    child = os.fork()
    if child == 0:
        started = 0

        def count(frame: FrameType, event: str, _: object) -> None:
            nonlocal started
            if event == "call" and frame.f_code is proc.run.__code__:
                started += 1
                if started > calls:
                    os.kill(os.getpid(), signal.SIGKILL)

        threading.setprofile(count)
        sys.setprofile(count)
        stage.ensure(vpc)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return status == 0


def test_a_kill_before_any_program_is_mended(stage: Lab) -> None:
    vpc = network(interface(1, WEB, public=PUBLIC), interface(2, APP), groups=groups())
    stage.ensure(vpc)
    whole = standing(stage, vpc)
    real.teardown(stage.host, stage.folder)
    calls = 0
    while not ensure_and_die(stage, vpc, calls):
        stage.ensure(vpc)
        assert standing(stage, vpc) == whole, f"killed before program {calls + 1}"
        assert dnsmasq.running(stage.folder / vpc.id, stage.inside(vpc)) is not None
        real.teardown(stage.host, stage.folder)
        calls += 1
    assert calls > 10, "that is how many programs a new VPC needs at least"


def test_reconcile_removes_what_is_not_wanted_and_leaves_others_alone(stage: Lab) -> None:
    before = snapshot()
    vpc, _, _ = public_pair(stage)
    other = HostNetwork("198.20.0.0/16", "198.21.0.0/16", "fffff")
    elsewhere = stage.folder.parent / "elsewhere"
    foreign = network(interface(7, WEB, public="198.20.0.7"), groups=groups(), number=7)
    try:
        real.ensure(foreign, other, elsewhere)
        second = network(groups=groups(), number=1)
        real.reconcile([vpc, second], stage.host, stage.folder)
        real.reconcile([second], stage.host, stage.folder)
        assert exists(stage.inside(second))
        assert not exists(stage.inside(vpc))
        assert stage.inside(vpc) not in snapshot()["links"]
        assert not (stage.folder / vpc.id).exists()
        real.teardown(stage.host, stage.folder)
        assert exists(names.vpc_name(other.token, foreign.id))
        assert "198.20.0.7" in snapshot()["routes"]
        assert names.host_table(other.token) in snapshot()["rules"]
        assert dnsmasq.running(elsewhere / foreign.id, names.vpc_name(other.token, foreign.id)) is not None
    finally:
        real.teardown(other, elsewhere)
    after = snapshot()
    assert after == before
    assert not list(NAMESPACES.glob("amfffff-*"))


def test_a_stray_namespace_without_files_is_removed(stage: Lab) -> None:
    vpc, _, _ = public_pair(stage)
    pid = dnsmasq.running(stage.folder / vpc.id, stage.inside(vpc))
    assert pid is not None
    (stage.folder / vpc.id / "dnsmasq.pid").unlink()
    real.remove(vpc.id, stage.host, stage.folder)
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text()
    name = names.vpc_name(stage.host.token, "vpc-0123")
    (NAMESPACES / name).touch()
    real.reconcile([], stage.host, stage.folder)
    assert not (NAMESPACES / name).exists()
    real.remove(vpc.id, stage.host, stage.folder)


def test_on_the_machine_itself(tmp_path: Path) -> None:
    """The one test in the real host's own namespace: its own pools, its own token, nothing left."""
    token = names.token(tmp_path)
    number = int(token, 16) % 250
    host = HostNetwork(f"198.18.{number}.0/24", f"198.19.{number}.0/24", token)
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(above.stat().st_mode | 0o001)
    folder, public = tmp_path / "networks", f"198.18.{number}.5"
    vpc = network(interface(1, WEB, public=public), groups=groups())
    inside, guest = names.vpc_name(token, vpc.id), f"lab{token}-guest"
    try:
        real.ensure(replace(vpc, interfaces=()), host, folder)
        proc.run(["ip", "netns", "add", guest])
        veth = ["ip", "link", "add", "t1", "netns", inside, "type", "veth", "peer", "name", "eth0"]
        proc.run([*veth, "address", vpc.interfaces[0].mac, "netns", guest])
        ip(
            guest,
            "link set lo up",
            "link set eth0 up",
            "addr add 10.0.0.11/24 dev eth0",
            "route add default via 10.0.0.1",
        )
        real.ensure(vpc, host, folder)
        listener = listen(guest, 8000)
        with socket.create_connection((public, 8000), timeout=5):
            assert accept(listener)[1] == addresses.transit(host.transit_pool, 0).host
        ours = socket.create_server(("0.0.0.0", 0))
        assert not reaches(guest, f"198.19.{number}.0", ours.getsockname()[1])
        ours.close()
    finally:
        real.teardown(host, folder)
        if exists(guest):
            proc.run(["ip", "netns", "del", guest])
    for text in snapshot().values():
        assert token not in text
        assert host.public_pool not in text
    assert not list(NAMESPACES.glob(f"am{token}-*"))
