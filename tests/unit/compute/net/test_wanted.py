"""Wanted values refuse what must never reach a script."""

from dataclasses import replace

import pytest

from amiable.compute.net.wanted import Group, HostNetwork, Interface, Rule, Subnet
from amiable.core.errors import InvalidInput
from tests.helpers.netlab import OPEN_OUT, interface, network

GROUPS = (Group("sg-0a", (), OPEN_OUT),)


def test_a_sound_network_is_taken() -> None:
    made = network(interface(1, "sg-0a", public="198.18.0.5"), interface(2, "sg-0a"), groups=GROUPS)
    assert len(made.interfaces) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"id": "eni-1; flush ruleset"},
        {"id": "eni-01\n"},
        {"mac": "02:00:00:00:00:0A"},
        {"mac": "03:00:00:00:00:0a"},
        {"mac": "02:00:00:00:00:0a\n"},
        {"private_ip": "10.0.0"},
        {"private_ip": "10.0.0.011"},
        {"public_ip": "::1"},
        {"tap": "br0"},
        {"tap": "uplink"},
        {"tap": "t1 up"},
        {"tap": "t" * 16},
        {"hostname": "a,b"},
        {"hostname": "-a"},
    ],
)
def test_an_interface_refuses(change: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        replace(interface(1), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words",
    [
        ("tcp", 80, 79, "0.0.0.0/0", None),
        ("tcp", -1, 79, "0.0.0.0/0", None),
        ("udp", 0, 65536, "0.0.0.0/0", None),
        ("icmp", 256, 0, "0.0.0.0/0", None),
        ("256", 0, 0, "0.0.0.0/0", None),
        ("tcp; drop", 0, 0, "0.0.0.0/0", None),
        ("²", 0, 0, "0.0.0.0/0", None),
        ("tcp", 80, 80, None, None),
        ("tcp", 80, 80, "0.0.0.0/0", "sg-0a"),
        ("tcp", 80, 80, "10.0.0.1/8", None),
        ("tcp", 80, 80, None, "sg-0a }"),
    ],
)
def test_a_rule_refuses(words: tuple[str, int, int, str | None, str | None]) -> None:
    with pytest.raises(InvalidInput):
        Rule(*words)


def test_a_vpc_refuses_contradictions() -> None:
    one, two = interface(1, "sg-0a", public="198.18.0.5"), interface(2, "sg-0a")
    sound = network(one, two, groups=GROUPS)
    wrong: list[Interface] = [
        replace(two, private_ip=one.private_ip),
        replace(two, mac=one.mac),
        replace(two, tap=one.tap),
        replace(two, public_ip=one.public_ip),
        replace(two, subnet_id="subnet-0f"),
        replace(two, private_ip="10.0.1.5"),
        replace(two, group_ids=("sg-0f",)),
    ]
    for other in wrong:
        with pytest.raises(InvalidInput):
            replace(sound, interfaces=(one, other))
    for subnets in (
        (Subnet("subnet-0a", "10.1.0.0/24", 0),),
        (Subnet("subnet-0a", "10.0.0.0/24", 0), Subnet("subnet-0b", "10.0.0.128/25", 1)),
        (Subnet("subnet-0a", "10.0.0.0/24", 0), Subnet("subnet-0b", "10.0.1.0/24", 0)),
    ):
        with pytest.raises(InvalidInput):
            replace(sound, interfaces=(), subnets=subnets)


def test_a_host_refuses_overlapping_pools_and_odd_tokens() -> None:
    with pytest.raises(InvalidInput):
        HostNetwork("198.18.0.0/15", "198.19.0.0/16", "0a0a0")
    with pytest.raises(InvalidInput):
        HostNetwork("198.18.0.0/16", "198.19.0.0/16", "xyz")
    with pytest.raises(InvalidInput):
        HostNetwork("198.18.0.1/16", "198.19.0.0/16", "0a0a0")
