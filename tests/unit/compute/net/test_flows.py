"""Which tracked flows the present rules allow."""

from dataclasses import replace

import pytest

from amiable.compute.net.flows import Flow, allowed, parse
from amiable.compute.net.wanted import Group, HostNetwork, Rule
from tests.helpers.netlab import ANYWHERE, OPEN_OUT, interface, network, tcp

HOST = HostNetwork("198.18.0.0/16", "198.19.0.0/16", "0a1b2")
WEB = Group("sg-0a", (tcp(80, ANYWHERE), Rule("icmp", 8, 0, cidr=ANYWHERE)), OPEN_OUT)
APP = Group("sg-0b", (tcp(9000, group="sg-0a"), Rule("47", 0, 0, cidr="10.0.0.0/8")), (tcp(443, ANYWHERE),))
VPC = network(interface(1, "sg-0a", public="198.18.0.5"), interface(2, "sg-0b"), groups=(WEB, APP))


def flow(source: str, target: str, port: int, *, protocol: int = 6, real: str = "", shown: str = "") -> Flow:
    numbers = (("sport", 40000), ("dport", port)) if protocol in (6, 17) else (("type", port), ("code", 0))
    return Flow(protocol, source, target, real or target, shown or source, numbers)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            "tcp      6 431999 ESTABLISHED src=10.0.0.11 dst=203.0.113.1 sport=5 dport=80 "
            "src=203.0.113.1 dst=198.18.0.5 sport=80 dport=5 [ASSURED] mark=0 use=1",
            Flow(6, "10.0.0.11", "203.0.113.1", "203.0.113.1", "198.18.0.5", (("sport", 5), ("dport", 80))),
        ),
        (
            "icmp     1 29 src=10.0.0.11 dst=10.0.0.12 type=8 code=0 id=9 "
            "src=10.0.0.12 dst=10.0.0.11 type=0 code=0 id=9 mark=0 use=1",
            Flow(
                1, "10.0.0.11", "10.0.0.12", "10.0.0.12", "10.0.0.11", (("type", 8), ("code", 0), ("id", 9))
            ),
        ),
        (
            "gre      47 29 src=10.0.0.11 dst=10.0.0.12 srckey=0x0 dstkey=0x10 [UNREPLIED] "
            "src=10.0.0.12 dst=10.0.0.11 srckey=0x10 dstkey=0x0 mark=0 use=1",
            Flow(47, "10.0.0.11", "10.0.0.12", "10.0.0.12", "10.0.0.11", (("sport", 0), ("dport", 16))),
        ),
        (
            "unknown  50 599 src=10.0.0.11 dst=10.0.0.12 src=10.0.0.12 dst=10.0.0.11 mark=0 use=1",
            Flow(50, "10.0.0.11", "10.0.0.12", "10.0.0.12", "10.0.0.11"),
        ),
        (
            "tcp 6 9 NONE src=fd00::1 dst=fd00::2 sport=1 dport=2 src=fd00::2 dst=fd00::1 sport=2 dport=1",
            None,
        ),
        ("", None),
    ],
)
def test_lines_of_conntrack_are_read(line: str, wanted: Flow | None) -> None:
    assert parse(line) == wanted


@pytest.mark.parametrize(
    ("one", "may"),
    [
        (flow("10.0.0.12", "10.0.0.11", 80), False),  # the sender may only go to 443
        (flow("10.0.0.11", "10.0.0.12", 9000), True),
        (flow("10.0.0.11", "10.0.0.12", 9001), False),
        (flow("10.0.0.11", "10.0.0.12", 9000, protocol=17), False),
        (flow("10.0.0.11", "10.0.0.12", 0, protocol=47), True),
        (flow("203.0.113.1", "198.18.0.5", 80, real="10.0.0.11"), True),
        (flow("203.0.113.1", "198.18.0.5", 22, real="10.0.0.11"), False),
        (flow("203.0.113.1", "198.18.0.9", 80, real="10.0.0.11"), False),  # no longer its address
        (flow("203.0.113.1", "198.18.0.5", 8, real="10.0.0.11", protocol=1), True),
        (flow("203.0.113.1", "198.18.0.5", 13, real="10.0.0.11", protocol=1), False),
        (flow("10.0.0.11", "203.0.113.1", 80, shown="198.18.0.5"), True),
        (flow("10.0.0.11", "203.0.113.1", 80, shown="198.19.0.2"), False),  # begun before it had an address
        (flow("10.0.0.12", "203.0.113.1", 443, shown="198.19.0.2"), True),
        (flow("10.0.0.12", "203.0.113.1", 80, shown="198.19.0.2"), False),
        (flow("10.0.0.99", "203.0.113.1", 80, shown="198.19.0.2"), False),  # its interface is gone
        (flow("203.0.113.1", "198.18.0.8", 80, real="10.0.0.99"), False),
        (flow("10.0.0.12", "169.254.169.254", 80), True),
        (flow("10.0.0.12", "10.0.0.2", 53, protocol=17), True),
        (flow("198.19.0.1", "198.19.0.0", 10053, protocol=17), True),  # the namespace's own questions
    ],
)
def test_flows_are_judged_by_present_rules(one: Flow, may: bool) -> None:
    assert allowed(VPC, HOST, one) is may


def test_leaving_a_group_ends_what_it_allowed() -> None:
    one = flow("10.0.0.11", "10.0.0.12", 9000)
    assert allowed(VPC, HOST, one)
    left = replace(VPC, interfaces=(replace(VPC.interfaces[0], group_ids=()), VPC.interfaces[1]))
    assert not allowed(left, HOST, one)
