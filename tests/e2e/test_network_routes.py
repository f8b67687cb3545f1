"""Routes, guests that forward, and what DHCP tells, with namespaces in place of machines."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from amiable.compute.net.inside import run_inside
from amiable.compute.net.wanted import INTERNET, NOWHERE, Leases, Route, Vpc
from amiable.core import proc
from tests.e2e.test_network_dhcp import lease
from tests.helpers import netlab
from tests.helpers.netlab import (
    ANYWHERE,
    APP,
    NONE,
    PUBLIC,
    WEB,
    Lab,
    accept,
    ask,
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
    reaches,
    seen_from,
    tcp,
)

BESIDE = "203.0.114.1"
"""Another address of the internet."""


@pytest.fixture
def stage() -> Iterator[Lab]:
    with lab(masquerade_public=False) as made:
        ip(made.internet, f"addr add {BESIDE}/32 dev eth0")
        ip(made.here, f"route add {BESIDE}/32 via {netlab.INTERNET}")
        yield made


def routed(vpc: Vpc, *routes: Route, index: int = 0) -> Vpc:
    """The VPC with other routes for one of its subnets."""
    subnets = tuple(replace(one, routes=routes) if one.index == index else one for one in vpc.subnets)
    return replace(vpc, subnets=subnets)


def other_subnet(vpc: Vpc, at: int) -> Vpc:
    """The VPC with one interface moved to its second subnet."""
    moved = replace(
        vpc.interfaces[at], subnet_id="subnet-0b", private_ip="10.0.1.12", hostname="ip-10-0-1-12"
    )
    return replace(vpc, interfaces=(*vpc.interfaces[:at], moved, *vpc.interfaces[at + 1 :]))


def test_without_a_route_nothing_leaves_and_flows_end(stage: Lab) -> None:
    vpc = network(interface(1, WEB), interface(2, APP), groups=groups())
    stage.stand_up(vpc)
    web, app = (stage.guest(one) for one in vpc.interfaces)
    listener, inner = listen(stage.internet, 80), listen(app, 9000)
    kept = connect(web, netlab.INTERNET, 80)
    served, _ = accept(listener)
    assert passes(kept, served, b"before")
    stage.ensure(routed(vpc))
    assert cut(kept, served), "what was under way is over"
    assert blocked(web, netlab.INTERNET, 80)
    assert reaches(web, "10.0.0.12", 9000), "the local route stays"
    assert ask(web, "10.0.0.2", "instance-data.ec2.internal") == ["169.254.169.254"]
    stage.ensure(routed(vpc, Route(f"{BESIDE}/32", INTERNET)))
    assert reaches(web, BESIDE, 80)
    assert blocked(web, netlab.INTERNET, 80)
    stage.ensure(routed(vpc, Route(ANYWHERE, INTERNET), Route(f"{BESIDE}/32", NOWHERE)))
    assert blocked(web, BESIDE, 80), "the most specific route counts"
    assert reaches(web, netlab.INTERNET, 80)
    del inner


def test_each_subnet_has_its_own_routes(stage: Lab) -> None:
    vpc = other_subnet(network(interface(1, WEB), interface(2, WEB), groups=groups()), 1)
    stage.stand_up(routed(vpc, index=1))
    web, inner = (stage.guest(one) for one in vpc.interfaces)
    held = [listen(stage.internet, 80), listen(inner, 8000)]
    assert reaches(web, netlab.INTERNET, 80)
    assert blocked(inner, netlab.INTERNET, 80)
    assert reaches(web, "10.0.1.12", 8000)
    before = netlab.snapshot(stage.inside(vpc))
    stage.ensure(routed(vpc, index=1))
    assert netlab.snapshot(stage.inside(vpc)) == before, "nothing to do, nothing done"
    alone = replace(vpc, interfaces=vpc.interfaces[:1], subnets=vpc.subnets[:1])
    stage.ensure(alone)
    rules = proc.run(["ip", "-n", stage.inside(vpc), "rule"]).text
    assert "1000:" in rules
    assert "1001:" not in rules
    del held


def test_a_nat_instance_carries_a_private_subnet(stage: Lab) -> None:
    """A in the private subnet routes everything to B, which masquerades and has a public address."""
    everything = groups(web=(tcp(8000, ANYWHERE), tcp(80, "10.0.1.0/24")))
    gate = replace(interface(1, WEB, public=PUBLIC), source_dest_check=False)
    vpc = other_subnet(network(gate, interface(2, NONE), groups=everything), 1)
    vpc = routed(vpc, Route(ANYWHERE, gate.id), index=1)
    stage.stand_up(vpc)
    router, private = (stage.guest(one) for one in vpc.interfaces)
    nat = "table ip n { chain c { type nat hook postrouting priority srcnat; masquerade; }; }"
    run_inside(router, lambda: proc.run(["nft", nat]))
    run_inside(router, lambda: proc.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"]))
    listener = listen(stage.internet, 80)
    assert seen_from(listener, private, netlab.INTERNET) == PUBLIC
    kept = connect(private, netlab.INTERNET, 80)
    served, _ = accept(listener)
    stage.ensure(replace(vpc, groups=(*vpc.groups[:1], replace(vpc.groups[1], ingress=()), vpc.groups[2])))
    assert passes(kept, served, b"on"), "a change of other rules leaves a forwarded flow alone"
    other = listen(stage.internet, 81)
    assert blocked(private, netlab.INTERNET, 81), "the router's group judges what is routed to it"
    checking = replace(gate, source_dest_check=True)
    stage.ensure(replace(vpc, interfaces=(checking, vpc.interfaces[1])))
    assert cut(kept, served)
    assert blocked(private, netlab.INTERNET, 80)
    del other


def test_a_guest_that_forwards_is_still_nobody_else(stage: Lab) -> None:
    """Without the check it may send other sources, but not as a service, a router, or to the services."""
    gate = replace(interface(1, WEB), source_dest_check=False)
    open_udp = groups(web=(netlab.Rule("udp", 5000, 5000, cidr=ANYWHERE),))
    vpc = network(gate, interface(2, WEB), groups=open_udp)
    stage.stand_up(vpc)
    router, other = (stage.guest(one) for one in vpc.interfaces)

    def hearer() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("0.0.0.0", 5000))
        made.settimeout(netlab.BLOCKED_SECONDS)
        return made

    ear = run_inside(other, hearer)
    # by ARP it claims none of the sources that it sends with
    run_inside(router, lambda: proc.run(["sysctl", "-qw", "net.ipv4.conf.eth0.arp_announce=2"]))

    def heard(source: str) -> bool:
        ip(router, f"addr add {source}/32 dev lo")

        def say() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.bind((source, 0))
                udp.sendto(b"x", ("10.0.0.12", 5000))

        run_inside(router, say)
        try:
            return ear.recvfrom(10)[1][0] == source
        except TimeoutError:
            return False

    assert heard("192.0.2.7")
    for pretended in ("169.254.169.254", "10.0.0.2", "10.0.0.1"):
        assert not heard(pretended), pretended
    stage.ensure(replace(vpc, interfaces=(replace(gate, source_dest_check=True), vpc.interfaces[1])))
    assert not heard("192.0.2.8")


def test_leases_tell_the_options_of_the_vpc(stage: Lab) -> None:
    told = Leases("example.org", ("192.0.2.1", "192.0.2.2"), ("192.0.2.3",))
    vpc = replace(network(interface(1, WEB), groups=groups()), leases=told)
    stage.stand_up(vpc, static=False)
    guest = stage.guest(vpc.interfaces[0])
    given = lease(stage, guest)
    assert (given["domain"], given["dns"]) == ("example.org", "192.0.2.1 192.0.2.2")
    stage.ensure(replace(vpc, leases=Leases(), dns=False))
    given = lease(stage, guest)
    assert given["domain"] == "ec2.internal"
    assert "dns" not in given


def test_a_resolver_that_is_switched_off_is_silent(stage: Lab) -> None:
    vpc = network(interface(1, WEB), groups=groups())
    stage.stand_up(vpc)
    (web,) = (stage.guest(one) for one in vpc.interfaces)
    assert ask(web, "10.0.0.2", "instance-data.ec2.internal") == ["169.254.169.254"]
    stage.ensure(replace(vpc, dns=False))
    for server in ("10.0.0.2", "169.254.169.253"):
        assert ask(web, server, "instance-data.ec2.internal") == []
