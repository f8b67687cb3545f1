"""Security groups, spoofing and public addresses, with namespaces in place of machines."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest

from amiable.compute.net import names
from amiable.compute.net.inside import run_inside
from amiable.compute.net.wanted import Rule
from amiable.core import proc
from amiable.core.errors import Conflict
from tests.helpers.netlab import (
    ANYWHERE,
    APP,
    BLOCKED_SECONDS,
    INTERNET,
    NONE,
    PUBLIC,
    WEB,
    Lab,
    accept,
    blocked,
    connect,
    cut,
    groups,
    interface,
    ip,
    lab,
    listen,
    network,
    passes,
    public_pair,
    reached,
    reaches,
    seen_from,
    tcp,
    three,
)


@pytest.fixture
def stage() -> Iterator[Lab]:
    with lab() as made:
        yield made


def ping(namespace: str, address: str) -> bool:
    """Whether an echo request of a namespace is answered."""

    def work() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
            raw.settimeout(BLOCKED_SECONDS)
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


def test_groups_decide_who_reaches_whom(stage: Lab) -> None:
    _, (web, app, none) = three(stage)
    held = [listen(guest, port) for guest in (web, app, none) for port in (8000, 9000)]
    tries = [
        (one, f"10.0.0.{last}", port)
        for one, own in ((web, 11), (app, 12), (none, 13))
        for last in (11, 12, 13)
        for port in (8000, 9000)
        if last != own
    ]
    assert reached(tries) == [(web, "10.0.0.12", 9000), (app, "10.0.0.11", 8000), (none, "10.0.0.11", 8000)]
    assert ping(none, "10.0.0.11")
    assert not ping(web, "10.0.0.12")
    assert ping(web, "10.0.0.1"), "the router answers"
    del held


def test_membership_counts_at_once(stage: Lab) -> None:
    vpc, (_, app, none) = three(stage)
    listener = listen(app, 9000)
    assert blocked(none, "10.0.0.12", 9000)
    joined = replace(vpc.interfaces[2], group_ids=(NONE, WEB))
    stage.ensure(replace(vpc, interfaces=(*vpc.interfaces[:2], joined)))
    assert seen_from(listener, none, "10.0.0.12") == "10.0.0.13"
    stage.ensure(vpc)
    assert blocked(none, "10.0.0.12", 9000)


def test_egress_rules_are_enforced(stage: Lab) -> None:
    out = (tcp(8000, "10.0.0.11/32"), Rule("udp", 1000, 2000, cidr=ANYWHERE))
    everything = (Rule("-1", 0, 0, cidr=ANYWHERE),)
    vpc = network(interface(1, WEB), interface(2, WEB), groups=groups(web=everything, out=out))
    stage.stand_up(vpc)
    first, second = (stage.guest(one) for one in vpc.interfaces)
    held = [listen(first, 8000), listen(first, 8001), listen(second, 8000)]
    assert reaches(second, "10.0.0.11", 8000)
    assert blocked(second, "10.0.0.11", 8001)
    assert blocked(first, "10.0.0.12", 8000)
    del held


def test_subnets_are_routed_and_judged(stage: Lab) -> None:
    other = replace(interface(2, APP, subnet="subnet-0b"), private_ip="10.0.1.12", hostname="ip-10-0-1-12")
    vpc = network(interface(1, WEB), other, interface(3, NONE), groups=groups())
    stage.stand_up(vpc)
    web, app, none = (stage.guest(one) for one in vpc.interfaces)
    listener = listen(app, 9000)
    assert seen_from(listener, web, "10.0.1.12") == "10.0.0.11"
    assert blocked(none, "10.0.1.12", 9000)


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
    assert cut(doomed_end, doomed), "what the server says"
    assert cut(doomed, doomed_end), "what the client says"
    assert passes(kept, kept_end, b"after")
    assert passes(kept_end, kept, b"after")


def test_a_revoked_rule_cuts_flows_from_outside(stage: Lab) -> None:
    vpc, web, _ = public_pair(stage)
    listener = listen(web, 8000)
    client = connect(stage.internet, PUBLIC, 8000)
    server, _ = accept(listener)
    assert passes(client, server, b"before")
    stage.ensure(replace(vpc, groups=groups(web=())))
    # The server is free to speak to the world: it must not revive the flow as one of its own
    assert cut(server, client), "what the server says"
    assert cut(client, server), "what the client says"


def heard(stage: Lab, listener: socket.socket, guest: str, source: str) -> bool:
    """Whether a datagram with that source address arrives; no answer need find its way back."""

    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.setsockopt(socket.IPPROTO_IP, 19, 1)  # IP_TRANSPARENT: any source address
            udp.bind((source, 0))
            udp.sendto(b"x", ("10.0.0.12", 9000))

    run_inside(guest, work)
    try:
        return listener.recvfrom(10)[1][0] == source
    except TimeoutError:
        return False


def test_another_address_or_mac_gets_nowhere(stage: Lab) -> None:
    vpc, (web, app, none) = three(stage)
    stage.ensure(replace(vpc, groups=groups(app=(Rule("udp", 9000, 9000, cidr=ANYWHERE),))))

    def bound() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("", 9000))
        made.settimeout(BLOCKED_SECONDS)
        return made

    with run_inside(app, bound) as listener:
        assert heard(stage, listener, web, "10.0.0.11")
        assert heard(stage, listener, none, "10.0.0.13")
        assert not heard(stage, listener, none, "10.0.0.11")
        assert not heard(stage, listener, none, "203.0.113.9")
        # so that it need not ask by ARP, which is refused anyway
        known = f"neigh replace 10.0.0.12 lladdr {names.bridge_mac(vpc.id, 0)} dev eth0 nud permanent"
        ip(none, f"link set eth0 address {vpc.interfaces[0].mac}", known)
        assert not heard(stage, listener, none, "10.0.0.13")
        ip(none, f"link set eth0 address {vpc.interfaces[2].mac}", known)
        assert heard(stage, listener, none, "10.0.0.13")


def arp(namespace: str, mac: str, sender: str, wanted: str) -> bytes | None:
    """The hardware address that an ARP request gets for an answer, or None."""

    def work() -> bytes | None:
        raw_mac = bytes.fromhex(mac.replace(":", ""))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as raw:
            raw.bind(("eth0", 0x0806))
            raw.settimeout(BLOCKED_SECONDS)
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
    assert blocked(app, victim.private_ip, 8000)  # nobody listens: a refusal, not poison
    listener = listen(web, 8000)
    assert seen_from(listener, app, victim.private_ip) == "10.0.0.12"


def test_host_and_internet_reach_a_public_address_by_its_rules(stage: Lab) -> None:
    _, web, _ = public_pair(stage)
    open_port, closed_port = listen(web, 8000), listen(web, 22)
    assert seen_from(open_port, stage.internet, PUBLIC) == INTERNET
    assert seen_from(open_port, stage.here, PUBLIC) == "198.19.0.0", "the host's end of the link"
    assert blocked(stage.here, PUBLIC, 22)
    assert blocked(stage.internet, PUBLIC, 22)
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
    assert blocked(app, PUBLIC, 8001)
    moved = replace(vpc, interfaces=(replace(vpc.interfaces[0], public_ip="198.18.0.6"), vpc.interfaces[1]))
    stage.ensure(moved)
    assert blocked(stage.here, PUBLIC, 8000)
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
    assert blocked(app, "10.0.0.14", 8000)


def test_guests_never_reach_the_host(stage: Lab) -> None:
    vpc, web, app = public_pair(stage)
    held = [listen(stage.here, port) for port in (22, 10054)]
    inner = listen(stage.inside(vpc), 8080)
    outside = listen(stage.internet, 22)
    ip(stage.internet, "addr add 169.254.170.2/32 dev eth0")
    forbidden = []
    for guest in (web, app):
        forbidden += [(guest, address, 22) for address in ("203.0.113.2", "198.19.0.0")]
        forbidden += [(guest, "198.19.0.0", port) for port in (10053, 10054)]  # 10053: the host's forwarder
        forbidden += [(guest, address, 8080) for address in ("10.0.0.1", "198.19.0.1", "169.254.169.254")]
        forbidden += [(guest, "169.254.170.2", 22)]
    may = [(web, INTERNET, 22), (app, INTERNET, 22)]
    assert reached([*forbidden, *may]) == may
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
