"""Each subnet's routes as a routing table of the namespace: lines for `ip -batch`, pure.

    rule 100           to the VPC's range   → main: the bridges, a blackhole for the rest of the range
    rule 1000 + index  in by br<index>      → table 1000 + index: the subnet's routes, else unreachable

Answers from outside and the namespace's own packets look in main. No line when nothing is to be done.
"""

from collections.abc import Iterable

from amiable.compute.net import addresses
from amiable.compute.net.links import PolicyRule, Route, State
from amiable.compute.net.names import UPLINK, bridge
from amiable.compute.net.wanted import INTERNET, HostNetwork, Subnet, Vpc

LOCAL_PRIORITY, FIRST = 100, 1000
LAST_RESORT = 4_278_198_272
"""The metric of `unreachable`: behind every other default route."""


def lines(vpc: Vpc, host: HostNetwork, found: State) -> list[str]:
    """What makes the namespace's rules and tables those of the VPC's subnets."""
    rules = {PolicyRule(LOCAL_PRIORITY, "main", to=vpc.cidr)}
    routes: set[Route] = set()
    for subnet in vpc.subnets:
        number = FIRST + subnet.index
        rules.add(PolicyRule(number, str(number), link=bridge(subnet.index)))
        routes |= set(_table(vpc, host, subnet, str(number)))
    standing_rules = {one for one in found.rules if one.priority == LOCAL_PRIORITY or _ours(one.table)}
    standing = {one for one in found.routes if _ours(one.table)}
    return [
        *(f"rule del {_rule_words(one)}" for one in sorted(standing_rules - rules, key=repr)),
        *(f"route del {_route_words(one)}" for one in sorted(standing - routes, key=repr)),
        *(f"route add {_route_words(one)}" for one in sorted(routes - standing, key=repr)),
        *(f"rule add {_rule_words(one)}" for one in sorted(rules - standing_rules, key=repr)),
    ]


def _ours(table: str) -> bool:
    return table.isdigit() and FIRST <= int(table) < FIRST + 10_000


def _table(vpc: Vpc, host: HostNetwork, subnet: Subnet, table: str) -> Iterable[Route]:
    places = {one.id: bridge(by.index) for by in vpc.subnets for one in vpc.interfaces_in(by)}
    addressed = {one.id: one.private_ip for one in vpc.interfaces}
    outside = addresses.transit(host.transit_pool, vpc.link_index).host
    yield Route("default", "unreachable", metric=LAST_RESORT, table=table)
    for route in subnet.routes:
        target = "default" if route.destination == "0.0.0.0/0" else route.destination
        if route.target == INTERNET:
            yield Route(target, via=outside, link=UPLINK, table=table)
        elif route.target in addressed:
            yield Route(target, via=addressed[route.target], link=places[route.target], table=table)
        else:
            yield Route(target, "blackhole", table=table)


def _rule_words(rule: PolicyRule) -> str:
    which = f"to {rule.to}" if rule.to else f"iif {rule.link}"
    return f"pref {rule.priority} {which} lookup {rule.table}"


def _route_words(route: Route) -> str:
    words = [route.kind, route.target, "table", route.table]
    words += ["via", route.via, "dev", route.link, "onlink"] if route.via else []
    words += ["metric", str(route.metric)] if route.metric else []
    return " ".join(words)
