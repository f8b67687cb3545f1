"""Kernel switches of a namespace: written only where they differ.

`/proc/sys/net` shows the namespace of the thread that opens it.
"""

from collections.abc import Mapping
from pathlib import Path

from amiable.core.errors import MissingPrerequisite

_NET = Path("/proc/sys/net")


def write(wanted: Mapping[str, int], optional: bool = False) -> None:
    """Set switches, named by their path below /proc/sys/net. With `optional`, absent ones are left out.

    Raises MissingPrerequisite when a switch does not exist or may not be written.
    """
    for name, value in wanted.items():
        path = _NET / name
        if optional and not path.exists():
            continue
        try:
            if path.read_text().strip() != str(value):
                path.write_text(str(value))
        except OSError as wrong:
            remedy = "Run amiable as root on a kernel that has it."
            raise MissingPrerequisite(
                f"The kernel switch {path} cannot be set: {wrong.strerror}.", remedy
            ) from wrong


def of_host(link: str) -> dict[str, int]:
    """For the host's end of a VPC's link. Strict source check: a VPC sends only what is routed to it."""
    return {f"ipv4/conf/{link}/rp_filter": 1, f"ipv4/conf/{link}/send_redirects": 0}


def without_ipv6(link: str) -> dict[str, int]:
    """IPv6 off on a link or on `all` and `default`; absent from kernels without IPv6."""
    return {f"ipv6/conf/{link}/disable_ipv6": 1}


def of_namespace() -> dict[str, int]:
    """A router that believes nobody's redirects and sends none."""
    # 0 for all, for the larger of all's and the link's own counts; new links start with 1 (strict)
    switches = {"ipv4/ip_forward": 1, "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 1}
    for which in ("all", "default"):
        for name, value in (
            ("send_redirects", 0),
            ("accept_redirects", 0),
            ("secure_redirects", 0),
            ("accept_source_route", 0),
        ):
            switches[f"ipv4/conf/{which}/{name}"] = value
    return switches


def past_bridges() -> dict[str, int]:
    """Bridged frames do not pass the IP hooks a second time (br_netfilter, where it is loaded)."""
    return {f"bridge/bridge-nf-call-{which}": 0 for which in ("iptables", "ip6tables", "arptables")}


def of_bridge(bridge: str, *, strict: bool = True) -> dict[str, int]:
    """A bridge that answers ARP for every address of its subnet (RFC 3069), at once, not within 0.8 s.

    `strict`: only sources of its subnet come in by it; a guest that forwards sends others.
    """
    return {
        f"ipv4/conf/{bridge}/rp_filter": int(strict),
        f"ipv4/conf/{bridge}/proxy_arp_pvlan": 1,
        f"ipv4/conf/{bridge}/send_redirects": 0,
        f"ipv4/neigh/{bridge}/proxy_delay": 0,
    }


def of_tracking() -> dict[str, int]:
    """The middle of a flow whose entry was deleted does not begin a new one. Exists once a rule tracks."""
    return {"netfilter/nf_conntrack_tcp_loose": 0}
