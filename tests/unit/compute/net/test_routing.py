"""Routing tables of subnets, and what routes mean for flows under way, DHCP and the rules."""

from dataclasses import replace
from pathlib import Path

import pytest

from amiable.compute.net import dhcp, nft, routing
from amiable.compute.net.flows import Flow, allowed
from amiable.compute.net.links import PolicyRule, State
from amiable.compute.net.links import Route as Standing
from amiable.compute.net.wanted import INTERNET, NOWHERE, Group, HostNetwork, Leases, Route, Rule
from amiable.core import proc
from amiable.core.errors import InvalidInput
from tests.helpers.netlab import ANYWHERE, OPEN_OUT, interface, network, tcp

HOST = HostNetwork("198.18.0.0/16", "198.19.0.0/16", "0a1b2")
GROUPS = (Group("sg-0a", (tcp(80, ANYWHERE),), OPEN_OUT),)
GATE = replace(interface(2, "sg-0a"), source_dest_check=False)
PLAIN = network(interface(1, "sg-0a"), GATE, groups=GROUPS)
ROUTES = (Route(ANYWHERE, INTERNET), Route("192.168.0.0/16", GATE.id), Route("192.168.9.0/24", NOWHERE))
VPC = replace(PLAIN, subnets=(replace(PLAIN.subnets[0], routes=ROUTES), PLAIN.subnets[1]))
EMPTY = State({}, frozenset())
STANDING = State(
    {},
    frozenset(
        {
            Standing("default", via="198.19.0.0", link="uplink", table="1000"),
            Standing("192.168.0.0/16", via="10.0.0.12", link="br0", table="1000"),
            Standing("192.168.9.0/24", "blackhole", table="1000"),
            Standing("default", "unreachable", metric=routing.LAST_RESORT, table="1000"),
            Standing("default", via="198.19.0.0", link="uplink", table="1001"),
            Standing("default", "unreachable", metric=routing.LAST_RESORT, table="1001"),
            Standing("default", via="192.0.2.1", link="eth0"),
        }
    ),
    frozenset(
        {
            PolicyRule(0, "local"),
            PolicyRule(100, "main", to="10.0.0.0/16"),
            PolicyRule(1000, "1000", link="br0"),
            PolicyRule(1001, "1001", link="br1"),
            PolicyRule(32766, "main"),
        }
    ),
)


def test_what_stands_needs_no_lines_and_what_is_missing_gets_its_own() -> None:
    assert routing.lines(VPC, HOST, STANDING) == []
    lines = routing.lines(VPC, HOST, EMPTY)
    assert "route add unicast 192.168.0.0/16 table 1000 via 10.0.0.12 dev br0 onlink" in lines
    assert "route add blackhole 192.168.9.0/24 table 1000" in lines
    assert lines[-3:] == [
        "rule add pref 100 to 10.0.0.0/16 lookup main",
        "rule add pref 1000 iif br0 lookup 1000",
        "rule add pref 1001 iif br1 lookup 1001",
    ], "tables are whole before anything looks into them"


def test_what_is_not_wanted_goes() -> None:
    one = replace(VPC, subnets=VPC.subnets[1:], interfaces=())
    lines = routing.lines(one, HOST, STANDING)
    assert "rule del pref 1000 iif br0 lookup 1000" in lines
    assert len([line for line in lines if line.startswith("route del") and "table 1000" in line]) == 4
    assert not [line for line in lines if "1001" in line or "eth0" in line]


@pytest.mark.parametrize(
    ("address", "target"),
    [("203.0.113.1", INTERNET), ("192.168.1.1", GATE.id), ("192.168.9.1", NOWHERE)],
)
def test_the_most_specific_route_counts(address: str, target: str) -> None:
    assert VPC.subnets[0].target_of(address) == target
    assert replace(VPC.subnets[0], routes=()).target_of(address) == NOWHERE


def test_a_route_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInput):
        replace(VPC.subnets[0], routes=(Route(ANYWHERE, INTERNET), Route(ANYWHERE, NOWHERE)))


def test_flows_follow_routes() -> None:
    def out(target: str, port: int, shown: str = "10.0.0.11") -> Flow:
        return Flow(6, "10.0.0.11", target, target, shown, (("sport", 4000), ("dport", port)))

    assert allowed(VPC, HOST, out("203.0.113.1", 443, "198.19.0.2"))
    assert allowed(VPC, HOST, out("192.168.1.1", 80)), "judged by the group of the one that forwards"
    assert not allowed(VPC, HOST, out("192.168.1.1", 443))
    assert not allowed(VPC, HOST, out("192.168.9.1", 80))
    closed = replace(VPC, subnets=(replace(VPC.subnets[0], routes=()), VPC.subnets[1]))
    assert not allowed(closed, HOST, out("203.0.113.1", 443, "198.19.0.2"))
    checking = replace(VPC, interfaces=(VPC.interfaces[0], replace(GATE, source_dest_check=True)))
    assert not allowed(checking, HOST, out("192.168.1.1", 80))


def test_a_silent_resolver_keeps_no_flows() -> None:
    asking = Flow(17, "10.0.0.11", "10.0.0.2", "10.0.0.2", "10.0.0.11", (("sport", 4000), ("dport", 53)))
    assert allowed(VPC, HOST, asking)
    assert not allowed(replace(VPC, dns=False), HOST, asking)


def test_programs_take_the_texts_of_a_network_with_everything(tmp_path: Path) -> None:
    told = Leases("example.org", ("192.0.2.1", "192.0.2.2"), ("192.0.2.3",), ("192.0.2.4",), 2)
    full = replace(VPC, dns=False, leases=told, groups=(Group("sg-0a", (Rule("-1", 0, 0, cidr=ANYWHERE),)),))
    proc.run(["nft", "--check", "-f", "-"], input=nft.script(full, HOST).encode())
    for one, line in (
        (full, "dhcp-option=option:dns-server,192.0.2.1,192.0.2.2"),
        (full, "dhcp-option=option:domain-name,example.org"),
        (full, "dhcp-option=option:netbios-nodetype,2"),
        (VPC, "dhcp-option=option:dns-server,10.0.0.2"),
        (replace(VPC, dns=False), "dhcp-option=option:dns-server"),
    ):
        text = dhcp.config(one, HOST, tmp_path)
        assert line in text.splitlines()
        (tmp_path / "dnsmasq.conf").write_text(text)
        proc.run(["dnsmasq", "--test", f"--conf-file={tmp_path / 'dnsmasq.conf'}"])
    with pytest.raises(InvalidInput):
        Leases(domain="a\nport=1")
