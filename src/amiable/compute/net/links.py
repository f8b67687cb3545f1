"""Links, addresses and routes as they stand: read by one `ip` into one frozen state, changed by another.

Both act on the namespace that the calling thread is in (see inside.py).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from amiable.compute.net.wanted import HostNetwork
from amiable.core import proc


@dataclass(frozen=True)
class Link:
    """A link as the kernel shows it. `kind`: `veth`, `bridge`, `tun`, …, empty for hardware and loopback."""

    name: str
    kind: str = ""
    mac: str = ""
    up: bool = False
    master: str = ""
    isolated: bool = False
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Route:
    """A route. `kind` is `unicast`, `blackhole`, …; `protocol` is a name or a number as text."""

    target: str
    kind: str = "unicast"
    via: str = ""
    link: str = ""
    protocol: str = ""
    metric: int = 0
    table: str = "main"


@dataclass(frozen=True)
class PolicyRule:
    """Which routing table is looked in: for packets to a range, or for those that came in by a link."""

    priority: int
    table: str
    to: str = ""
    link: str = ""


@dataclass(frozen=True)
class State:
    """The links, the IPv4 routes and the rules that choose among their tables, of one namespace."""

    links: dict[str, Link]
    routes: frozenset[Route]
    rules: frozenset[PolicyRule] = frozenset()


def state(*route_selections: str) -> State:
    """The state of the calling thread's namespace. Selections as in `ip route show`; none: all tables."""
    selections = route_selections or ("table all",)
    lines = ["address show", "rule show", *(f"route show {one}" for one in selections)]
    text = proc.run(["ip", "-j", "-d", "-batch", "-"], input="\n".join(lines).encode() + b"\n").text
    decoder, at, answers = json.JSONDecoder(), 0, []
    while (at := _skip_space(text, at)) < len(text):
        answer, at = decoder.raw_decode(text, at)
        answers.append(answer)
    links = {link.name: link for link in map(_link, answers[0])}
    routes = frozenset(_route(one) for answer in answers[2:] for one in answer if ":" not in one["dst"])
    return State(links, routes, frozenset(map(_rule, answers[1])))


def apply(lines: Iterable[str]) -> None:
    """Run the lines in the calling thread's namespace. Raises ProgramFailed at the first that fails."""
    text = "\n".join(lines)
    if text:
        proc.run(["ip", "-batch", "-"], input=text.encode() + b"\n")


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _link(found: dict[str, object]) -> Link:
    info = found.get("linkinfo")
    info = info if isinstance(info, dict) else {}
    flags, listed = found.get("flags"), found.get("addr_info")
    return Link(
        name=str(found["ifname"]),
        kind=str(info.get("info_kind", "")),
        mac=str(found.get("address", "")),
        up=isinstance(flags, list) and "UP" in flags,
        master=str(found.get("master", "")),
        isolated=bool(info.get("info_slave_data", {}).get("isolated", False)),
        addresses=frozenset(
            f"{one['local']}/{one['prefixlen']}"
            for one in (listed if isinstance(listed, list) else [])
            if one["family"] == "inet"
        ),
    )


def _route(found: dict[str, object]) -> Route:
    target, metric = str(found["dst"]), found.get("metric", 0)
    table = str(found.get("table", "main"))
    protocol = str(found.get("protocol", ""))
    return Route(
        target=target if "/" in target or target == "default" else target + "/32",
        kind=str(found.get("type", "unicast")),
        via=str(found.get("gateway", "")),
        link=str(found.get("dev", "")),
        protocol="" if table.isdigit() else protocol,  # who made a route counts only on the host
        metric=metric if isinstance(metric, int) else 0,
        table=table,
    )


def _rule(found: dict[str, object]) -> PolicyRule:
    to = f"{found['dst']}/{found.get('dstlen', 32)}" if "dst" in found else ""
    return PolicyRule(int(str(found["priority"])), str(found["table"]), to, str(found.get("iif", "")))


def host_state(host: HostNetwork) -> State:
    """The host's links, and its routes within the two pools."""
    return state(f"root {host.public_pool}", f"root {host.transit_pool}")
