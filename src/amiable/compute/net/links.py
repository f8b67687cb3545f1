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


@dataclass(frozen=True)
class State:
    """The links and the IPv4 routes of one namespace."""

    links: dict[str, Link]
    routes: frozenset[Route]


def state(*route_selections: str) -> State:
    """The state of the calling thread's namespace. Selections as in `ip route show`; none: all routes."""
    selections = route_selections or ("",)
    lines = ["address show", *(f"route show {one}".strip() for one in selections)]
    text = proc.run(["ip", "-j", "-d", "-batch", "-"], input="\n".join(lines).encode() + b"\n").text
    decoder, at, answers = json.JSONDecoder(), 0, []
    while (at := _skip_space(text, at)) < len(text):
        answer, at = decoder.raw_decode(text, at)
        answers.append(answer)
    links = {link.name: link for link in map(_link, answers[0])}
    return State(links, frozenset(_route(one) for answer in answers[1:] for one in answer))


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
    return Route(
        target=target if "/" in target or target == "default" else target + "/32",
        kind=str(found.get("type", "unicast")),
        via=str(found.get("gateway", "")),
        link=str(found.get("dev", "")),
        protocol=str(found.get("protocol", "")),
        metric=metric if isinstance(metric, int) else 0,
    )


def host_state(host: HostNetwork) -> State:
    """The host's links, and its routes within the two pools."""
    return state(f"root {host.public_pool}", f"root {host.transit_pool}")
