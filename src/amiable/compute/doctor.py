"""What this host can do, as facts: one small function a fact, each answering with a Check.

Nothing is printed and nothing is changed; what is made for a try (a namespace, a table) is removed at once.
"""

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amiable.compute import argv
from amiable.compute.accelerator import Accelerator
from amiable.core import proc
from amiable.core.errors import MissingPrerequisite, ProgramFailed

_GIB = 1 << 30
_ENOUGH = 10 * _GIB
_QEMU = (7, 2)


@dataclass(frozen=True)
class Check:
    """One fact: `ok`, what was found (`detail`), and what would mend it (`remedy`, empty when ok)."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def checks(data_dir: Path, accelerator: Accelerator, uid_base: int, uid_count: int) -> list[Check]:
    """All facts about this host, in the order in which a person would mend them."""
    return [
        root(),
        *(program(name, words) for name, words in _PROGRAMS),
        qemu(),
        firmware(),
        kvm(accelerator),
        namespaces(),
        tun(),
        nftables(),
        space(data_dir),
        uids(uid_base, uid_count),
    ]


_PROGRAMS = (
    ("qemu-img", ("--version",)),
    ("dnsmasq", ("--version",)),
    ("conntrack", ("--version",)),
    ("ip", ("-V",)),
    ("setpriv", ("--version",)),
    ("unshare", ("--version",)),
    ("prlimit", ("--version",)),
)


def root() -> Check:
    """Namespaces, taps and user ids of machines need root."""
    if os.geteuid() == 0:
        return Check("root", True, "running as root")
    return Check("root", False, f"running as uid {os.geteuid()}", "Run it as root (sudo).")


def program(name: str, words: tuple[str, ...]) -> Check:
    """A program that we call is installed and starts."""
    return _tried(name, lambda: _first_line([name, *words]))


def qemu() -> Check:
    """QEMU is installed, in a version whose block exports we know."""

    def version() -> str:
        line = _first_line([argv.PROGRAM, "--version"])
        found = re.search(r"version (\d+)\.(\d+)", line)
        if found is None or (int(found.group(1)), int(found.group(2))) < _QEMU:
            raise MissingPrerequisite(f"QEMU is too old: {line}.", "Install QEMU 7.2 or newer.")
        return line

    return _tried("qemu", version)


def firmware() -> Check:
    """UEFI firmware for images that want it."""
    if Path(argv.UEFI_CODE).exists() and Path(argv.UEFI_VARIABLES).exists():
        return Check("uefi", True, argv.UEFI_CODE)
    return Check("uefi", False, "images with boot mode uefi cannot start", "Run: apt-get install ovmf")


def kvm(accelerator: Accelerator) -> Check:
    """KVM works. Without it everything works too, only slower."""
    if accelerator.name == "kvm":
        return Check("kvm", True, accelerator.reason)
    remedy = "Machines run without it (TCG, several times slower). Use a host with hardware virtualization."
    return Check("kvm", False, accelerator.reason, remedy)


@contextmanager
def _namespace() -> Iterator[str]:
    """A network namespace for a try."""
    name = f"amiable-try-{secrets.token_hex(4)}"
    proc.run(["ip", "netns", "add", name])
    try:
        yield name
    finally:
        proc.run(["ip", "netns", "delete", name])


def namespaces() -> Check:
    """A network namespace can be made, with a bridge and a pair of virtual cables in it."""

    def make() -> str:
        with _namespace() as name:
            proc.run(["ip", "-n", name, "link", "add", "br0", "type", "bridge"])
            proc.run(["ip", "-n", name, "link", "add", "v0", "type", "veth", "peer", "name", "v1"])
        return "network namespaces, bridges and veth pairs work"

    return _tried("namespaces", make, "Use a kernel with network namespaces, bridge and veth; run as root.")


def tun() -> Check:
    """A tap can be made."""

    def make() -> str:
        with _namespace() as name:
            proc.run(["ip", "-n", name, "tuntap", "add", "t0", "mode", "tap", "vnet_hdr"])
        return "taps work"

    return _tried("tun", make, "Run: modprobe tun")


def nftables() -> Check:
    """nftables filters with connection tracking, maps verdicts and translates addresses."""
    ruleset = b"""
        table inet amiable_try {
            map by_source { type ipv4_addr : verdict; }
            chain forward {
                type filter hook forward priority filter; policy drop;
                ct state established,related accept
                ip saddr vmap @by_source
            }
            chain out { type nat hook postrouting priority srcnat; masquerade; }
        }
        table bridge amiable_try {
            chain in { type filter hook prerouting priority filter; ether saddr 02:00:00:00:00:01 drop; }
        }
    """

    def load() -> str:
        with _namespace() as name:
            proc.run(["ip", "netns", "exec", name, "nft", "-f", "-"], input=ruleset)
        return _first_line(["nft", "--version"])

    return _tried(
        "nftables", load, "Use a kernel with nf_tables, its inet and bridge families, and conntrack."
    )


def space(data_dir: Path) -> Check:
    """There is room for images and volumes."""
    place = next(path for path in (data_dir.absolute(), *data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    detail = f"{free / _GIB:.1f} GiB free at {place}"
    if free >= _ENOUGH:
        return Check("disk space", True, detail)
    return Check("disk space", False, detail, f"Make room: {_ENOUGH // _GIB} GiB at least, or move data_dir.")


def uids(base: int, count: int) -> Check:
    """The user ids of machines belong to nobody else."""
    ids = range(base, base + count)
    users = [row.split(":") for row in Path("/etc/passwd").read_text().splitlines()]
    taken = [row[0] for row in users if len(row) > 2 and row[2].isdigit() and int(row[2]) in ids]
    detail = f"{base} to {base + count - 1}"
    for row in _subordinate():
        if row.start < ids.stop and ids.start < row.stop:
            taken.append(f"/etc/subuid {row.start}-{row.stop - 1}")
    if not taken:
        return Check("user ids", True, detail)
    return Check("user ids", False, f"{detail}: taken by {', '.join(taken)}", "Set uid_base to a free range.")


def _subordinate() -> Iterator[range]:
    path = Path("/etc/subuid")
    for line in path.read_text().splitlines() if path.exists() else ():
        words = line.split(":")
        if len(words) == 3 and words[1].isdigit() and words[2].isdigit():
            yield range(int(words[1]), int(words[1]) + int(words[2]))


def _first_line(words: list[str]) -> str:
    """What a program says of itself."""
    done = proc.run(words)
    return (done.text or done.stderr).strip().splitlines()[0]


def _tried(name: str, attempt: Callable[[], str], remedy: str = "") -> Check:
    try:
        return Check(name, True, attempt())
    except MissingPrerequisite as lacking:
        return Check(name, False, str(lacking).removesuffix(lacking.remedy).strip(), lacking.remedy)
    except ProgramFailed as failed:
        return Check(name, False, str(failed), remedy or f"Find out why {failed.argv[0]} fails.")
