"""What our things are called, so that they are recognised as this server's and no other's.

    amTTTTT-VVVVVVV    a VPC's namespace and the host's end of its link (15 characters, the most for a link)
    amiable_TTTTT      the host's nftables table

T: five hex digits of the data directory's hash; V: seven hex digits of the VPC id's hash.
"""

import hashlib
from pathlib import Path

UPLINK = "uplink"
"""The namespace's end of its link to the host."""

ROUTE_PROTOCOL = 177
"""Marks our routes on the host (`ip route show proto 177`); nobody's in rt_protos."""


def _digits(text: str, count: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:count]


def token(data_dir: Path) -> str:
    """Five hex digits for a data directory."""
    return _digits(str(data_dir.resolve()), 5)


def runtime_folder(token: str) -> Path:
    """Where a server's dnsmasq files lie: not in its data directory, which the user `dnsmasq` may not enter.

    Nothing there has to outlive a restart of the host.
    """
    return Path("/run/amiable") / token


def link_prefix(token: str) -> str:
    """What the names of all links and namespaces of a server begin with."""
    return f"am{token}-"


def vpc_name(token: str, vpc_id: str) -> str:
    """The name of a VPC's namespace and of the host's end of its link."""
    return link_prefix(token) + _digits(vpc_id, 7)


def host_table(token: str) -> str:
    """The name of the host's nftables table (family inet)."""
    return f"amiable_{token}"


def route_metric(token: str) -> int:
    """The metric of our blackhole routes: two servers' routes for one pool differ by it."""
    return 1_000_000 + int(token, 16)


def bridge(index: int) -> str:
    """The bridge of a subnet."""
    return f"br{index}"


def bridge_mac(vpc_id: str, index: int) -> str:
    """A fixed MAC address for a bridge. Left to itself, a bridge changes it when ports come and go."""
    digits = _digits(f"{vpc_id}/{index}", 10)
    return ":".join(["06", *(digits[at : at + 2] for at in range(0, 10, 2))])


def tap(interface_id: str) -> str:
    """A link name for an interface: `t` and the last 14 characters of its id's hex digits."""
    return "t" + interface_id.rpartition("-")[2][-14:]


def chain(prefix: str, identity: str) -> str:
    """The nftables chain or set for an id: `to`, `eni-0a` → `to_eni_0a` (nftables takes no dash in names)."""
    return f"{prefix}_" + identity.replace("-", "_")
