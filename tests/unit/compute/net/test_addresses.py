"""Arithmetic on addresses."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiable.compute.net import addresses, names
from amiable.core.errors import LimitExceeded


def test_a_subnet_gives_what_aws_would_and_then_ends() -> None:
    taken: set[str] = set()
    for _ in range(11):
        taken.add(addresses.free_private("10.0.0.0/28", taken))
    with pytest.raises(LimitExceeded):
        addresses.free_private("10.0.0.0/28", taken)
    assert sorted(taken, key=IPv4Address) == [f"10.0.0.{last}" for last in range(4, 15)]
    assert len(taken) == addresses.usable_count("10.0.0.0/28")
    assert all(addresses.usable("10.0.0.0/28", one) for one in taken)
    assert not any(addresses.usable("10.0.0.0/28", f"10.0.0.{last}") for last in (0, 3, 15, 16))


def test_public_addresses_leave_out_the_ends_of_the_pool() -> None:
    assert addresses.free_public("198.18.0.0/30", ()) == "198.18.0.1"
    assert addresses.free_public("198.18.0.0/30", ("198.18.0.1",)) == "198.18.0.2"
    with pytest.raises(LimitExceeded):
        addresses.free_public("198.18.0.0/30", ("198.18.0.1", "198.18.0.2"))


@given(st.integers(0, 2**14 - 1), st.integers(0, 2**14 - 1))
def test_links_never_share_an_address(one: int, other: int) -> None:
    first, second = (addresses.transit("198.19.0.0/16", index) for index in (one, other))
    both = {first.host, first.namespace, first.nat} & {second.host, second.namespace, second.nat}
    assert bool(both) == (one == other)
    assert IPv4Network(f"{first.host}/31")[1] == IPv4Address(first.namespace)
    assert IPv4Address(first.nat) in IPv4Network("198.19.0.0/16")


def test_links_end_with_the_pool() -> None:
    with pytest.raises(LimitExceeded):
        addresses.transit("198.19.0.0/29", 2)
    assert addresses.free_link_index("198.19.0.0/29", (0,)) == 1
    with pytest.raises(LimitExceeded):
        addresses.free_link_index("198.19.0.0/29", (0, 1))


def test_names_and_macs_have_their_form() -> None:
    assert addresses.mac("eni-0a").startswith("02:")
    assert addresses.mac("eni-0a") != addresses.mac("eni-0b")
    assert addresses.private_label("10.0.0.5") == "ip-10-0-0-5"
    assert addresses.domain("us-east-1") == "ec2.internal"
    assert addresses.domain("eu-west-1") == "eu-west-1.compute.internal"
    name = names.vpc_name("0a1b2", "vpc-0123456789abcdef0")
    assert len(name) == 15
    assert name.startswith(names.link_prefix("0a1b2"))
    assert len(names.tap("eni-0123456789abcdef0")) == 15
    assert names.bridge_mac("vpc-01", 0) != names.bridge_mac("vpc-01", 1)
