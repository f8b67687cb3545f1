"""The texts for nftables, dnsmasq and ip: what stands in them, and that the real programs take them."""

from dataclasses import replace
from pathlib import Path

import pytest

from amiable.compute.net import dhcp, host_rules, nft, plans
from amiable.compute.net.links import Link, Route, State
from amiable.compute.net.wanted import Group, HostNetwork, Rule, Subnet, Vpc
from amiable.core import proc
from amiable.core.errors import Conflict
from tests.helpers.netlab import ANYWHERE, OPEN_OUT, interface, network, tcp

HOST = HostNetwork("198.18.0.0/16", "198.19.0.0/16", "0a1b2")
EVERY_KIND = (
    tcp(22, ANYWHERE),
    Rule("udp", 0, 65535, cidr="10.0.0.0/8"),
    Rule("icmp", -1, -1, cidr=ANYWHERE),
    Rule("icmp", 8, -1, group_id="sg-0b"),
    Rule("icmp", 3, 4, cidr=ANYWHERE),
    Rule("-1", 0, 0, group_id="sg-0f"),
    Rule("50", 0, 0, cidr=ANYWHERE),
    Rule("6", 80, 81, cidr=ANYWHERE),
    Rule("-1", 0, 0, cidr="::/0"),
)
FULL = network(
    interface(1, "sg-0a", public="198.18.0.5"),
    interface(2, "sg-0a", "sg-0b"),
    interface(3),
    groups=(
        Group("sg-0a", EVERY_KIND, EVERY_KIND),
        Group("sg-0b", (), OPEN_OUT),
        Group("sg-0c", EVERY_KIND, ()),
    ),
)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (tcp(22, ANYWHERE), "tcp dport 22-22"),
        (tcp(22, "10.0.0.0/8"), "ip saddr 10.0.0.0/8 tcp dport 22-22"),
        (tcp(22, group="sg-0a"), "ip saddr @members_sg_0a tcp dport 22-22"),
        (Rule("-1", 0, 0, cidr=ANYWHERE), ""),
        (Rule("icmp", 8, -1, cidr=ANYWHERE), "meta l4proto icmp icmp type 8"),
        (Rule("icmp", -1, -1, cidr=ANYWHERE), "meta l4proto icmp"),
        (Rule("17", 53, 53, cidr=ANYWHERE), "udp dport 53-53"),
        (Rule("047", 0, 0, cidr=ANYWHERE), "meta l4proto 47"),
        (Rule("-1", 0, 0, cidr="::/0"), None),
    ],
)
def test_a_rule_becomes_expressions(rule: Rule, text: str | None) -> None:
    assert nft.match(rule, "saddr") == text


@pytest.mark.parametrize(
    "vpc", [FULL, replace(FULL, interfaces=()), replace(FULL, interfaces=(), subnets=())]
)
def test_nftables_takes_the_scripts(vpc: Vpc) -> None:
    for text in (nft.script(vpc, HOST), host_rules.script(HOST)):
        proc.run(["nft", "--check", "-f", "-"], input=text.encode())


def test_only_groups_in_use_are_loaded() -> None:
    text = nft.script(FULL, HOST)
    assert "group_in_sg_0a" in text
    assert "sg_0c" not in text
    assert "set members_sg_0f {" in text, "a group without members still has its set"


def test_only_transit_is_masked_when_the_pool_is_routed() -> None:
    masked = [line for line in host_rules.script(HOST).splitlines() if "masquerade" in line]
    routed = [
        line
        for line in host_rules.script(replace(HOST, masquerade_public=False)).splitlines()
        if "masq" in line
    ]
    assert "198.18.0.0/16" in masked[0]
    assert "198.18.0.0/16" not in routed[0]
    assert "198.19.0.0/16" in routed[0]


def test_dnsmasq_takes_its_configurations(tmp_path: Path) -> None:
    for text in (dhcp.config(FULL, HOST, tmp_path), dhcp.forwarder(HOST, tmp_path)):
        path = tmp_path / "dnsmasq.conf"
        path.write_text(text)
        proc.run(["dnsmasq", "--test", f"--conf-file={path}"])


def test_names_and_hosts_follow_interfaces() -> None:
    assert dhcp.hosts(FULL).splitlines()[0] == f"{FULL.interfaces[0].mac},10.0.0.11,ip-10-0-0-11,3600"
    named = replace(FULL, interfaces=(replace(FULL.interfaces[0], hostname="db"),))
    assert set(dhcp.names(named).splitlines()) == {
        "169.254.169.254 instance-data.ec2.internal",
        "10.0.0.11 ip-10-0-0-11.ec2.internal",
        "10.0.0.11 db.ec2.internal",
    }


def test_a_lease_of_another_owner_is_stale() -> None:
    mac = FULL.interfaces[0].mac
    assert not dhcp.stale_leases(f"1700000000 {mac} 10.0.0.11 ip-10-0-0-11 01:{mac}\n", FULL)
    assert dhcp.stale_leases("1700000000 02:00:00:00:00:99 10.0.0.11 * *\n", FULL)
    assert dhcp.stale_leases(f"1700000000 {mac} 10.0.0.99 * *\n", FULL)
    assert not dhcp.stale_leases("", FULL)


def empty() -> State:
    return State({"lo": Link("lo"), "uplink": Link("uplink", "veth")}, frozenset())


def test_a_standing_network_needs_no_lines() -> None:
    found = State(
        {
            "lo": Link(
                "lo",
                up=True,
                addresses=frozenset(
                    {"127.0.0.1/8", "169.254.169.254/32", "169.254.169.253/32", "10.0.0.2/32"}
                ),
            ),
            "uplink": Link("uplink", "veth", up=True, addresses=frozenset({"198.19.0.1/31"})),
            "br0": Link(
                "br0", "bridge", plans.bridge_mac(FULL.id, 0), True, addresses=frozenset({"10.0.0.1/24"})
            ),
            "br1": Link(
                "br1", "bridge", plans.bridge_mac(FULL.id, 1), True, addresses=frozenset({"10.0.1.1/24"})
            ),
            **{
                one.tap: Link(one.tap, "tun", up=True, master="br0", isolated=True) for one in FULL.interfaces
            },
        },
        frozenset({Route("default", via="198.19.0.0", link="uplink"), Route("10.0.0.0/16", "blackhole")}),
    )
    assert plans.bridges(FULL, HOST, found) == []
    assert plans.ports(FULL, found) == []


def test_a_port_is_isolated_before_it_is_up() -> None:
    lines = [line for line in plans.ports(FULL, empty()) if " t1 " in line or line.endswith(" t1")]
    assert lines == [
        "tuntap add dev t1 mode tap vnet_hdr",
        "link set dev t1 master br0",
        "link set dev t1 type bridge_slave isolated on",
        "link set dev t1 up",
    ]


def test_what_is_not_wanted_goes() -> None:
    found = State(
        {
            **empty().links,
            "br7": Link("br7", "bridge"),
            "t9": Link("t9", "tun"),
            "veth9": Link("veth9", "veth", master="br0"),
            "tunl0": Link("tunl0", "ipip"),
        },
        frozenset(),
    )
    bare = replace(FULL, interfaces=(), subnets=())
    assert "link del dev br7" in plans.bridges(bare, HOST, found)
    assert plans.ports(bare, found) == ["link del dev t9", "link del dev veth9"]


def test_a_changed_range_moves_the_bridge() -> None:
    found = State(
        {**empty().links, "br0": Link("br0", "bridge", up=True, addresses=frozenset({"10.9.9.1/24"}))},
        frozenset(),
    )
    lines = plans.bridges(
        replace(FULL, interfaces=(), subnets=(Subnet("subnet-0a", "10.0.0.0/24", 0),)), HOST, found
    )
    assert "address del 10.9.9.1/24 dev br0" in lines
    assert "address add 10.0.0.1/24 dev br0" in lines


def test_the_link_is_made_anew_when_an_end_is_missing() -> None:
    name = plans.vpc_name(HOST.token, FULL.id)
    whole = Link(name, "veth", up=True, addresses=frozenset({"198.19.0.0/31"}))
    outside = State({name: whole}, frozenset())
    assert plans.host_link(FULL, HOST, outside, empty()) == []
    anew = f"link add name {name} type veth peer name uplink netns {name}"
    assert plans.host_link(FULL, HOST, outside, State({}, frozenset()))[:2] == [f"link del dev {name}", anew]
    assert plans.host_link(FULL, HOST, State({}, frozenset()), empty())[0] == anew


def test_public_routes_follow_addresses_and_respect_others() -> None:
    name = plans.vpc_name(HOST.token, FULL.id)
    old = Route("198.18.0.9/32", via="198.19.0.1", link=name, protocol="177")
    nat = Route("198.19.0.2/32", via="198.19.0.1", link=name, protocol="177")
    lines = plans.public_routes(FULL, HOST, State({}, frozenset({old, nat})))
    assert lines == [
        f"route del 198.18.0.9/32 dev {name} proto 177",
        f"route replace 198.18.0.5/32 via 198.19.0.1 dev {name} proto 177",
    ]
    with pytest.raises(Conflict):
        plans.public_routes(FULL, HOST, State({}, frozenset({Route("198.18.0.5/32", link="eth0")})))


def test_blackholes_are_known_by_their_metric() -> None:
    lines = plans.blackholes(HOST, State({}, frozenset({Route("198.18.0.0/16", "blackhole", metric=5)})))
    assert len(lines) == 2
    ours = {
        Route(pool, "blackhole", metric=plans.route_metric(HOST.token))
        for pool in ("198.18.0.0/16", "198.19.0.0/16")
    }
    assert plans.blackholes(HOST, State({}, frozenset(ours))) == []
