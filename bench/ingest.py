"""Ingest of two related real disks and restore of the second, beside borg, restic, casync and qemu-img.

    python -m bench.ingest [--work FOLDER] [--gib 8] [--rounds 3] [--only "amiable,borg zstd"]

Every tool stores a Debian disk, then the same disk after a LAMP stack was installed, in one empty
repository, then restores the second, which is compared byte by byte. The disks have 8 GiB, as amiable's own
debian-12 image has and most AMIs; 0.4 and 0.9 GB of them are data. What a tool makes of the rest is part of
its time. Each call is a process of its own, its start included. Tools take turns within a round; the table
gives medians. Stored bytes (MB) are the bytes of the repository's files; on ext4, rounding to 4 KiB adds
1.3 % to amiable's. Processor seconds are user and system, both disks; they depend least on what else the
machine does.

amiable writes with fsync, as it always does. Peers run with their defaults, but borg without encryption,
and also with zstd, as the others use. They are Debian packages, installed if missing (root). FOLDER keeps
the disks.
"""

import argparse
import filecmp
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.related_disks import make

PACKAGES = {
    "borg": "borgbackup",
    "restic": "restic",
    "casync": "casync",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
}

INGEST = """
import sys
from pathlib import Path
from amiable.blocks.ingest import ingest, raw_file_source
from amiable.blocks.store import open_store
with raw_file_source(Path(sys.argv[2])) as source:
    ingest(open_store("file://" + sys.argv[1]), source, name=sys.argv[3])
"""
HYDRATE = """
import sys
from pathlib import Path
from amiable.blocks.hydrate import hydrate
from amiable.blocks.manifest import load
from amiable.blocks.store import open_store
store = open_store("file://" + sys.argv[1])
hydrate(store, load(store, sys.argv[2]), Path(sys.argv[3]))
"""


@dataclass(frozen=True)
class Tool:
    """How to make an empty repository, store a disk in it under a name, and restore it into a folder."""

    name: str
    prepare: Callable[[Path], list[str] | None]
    store: Callable[[Path, Path], list[str]]
    restore: Callable[[Path, Path, Path], list[str]]


def _restored(disk: Path, out: Path) -> str:
    return str(out / disk.name)


def _borg(name: str, compression: str) -> Tool:
    return Tool(
        name,
        lambda repo: ["borg", "init", "--encryption=none", str(repo / "repo")],
        lambda repo, disk: ["borg", "create", compression, f"{repo}/repo::{disk.stem}", disk.name],
        lambda repo, disk, out: ["borg", "extract", "--sparse", f"{repo}/repo::{disk.stem}"],
    )


TOOLS = [
    Tool(
        "amiable",
        lambda repo: None,
        lambda repo, disk: [sys.executable, "-c", INGEST, str(repo / "store"), str(disk), disk.stem],
        lambda repo, disk, out: [
            *(sys.executable, "-c", HYDRATE, str(repo / "store"), disk.stem),
            _restored(disk, out),
        ],
    ),
    Tool(
        "qemu-img",
        lambda repo: None,
        lambda repo, disk: [
            *("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2"),
            *(str(disk), str(repo / f"{disk.stem}.qcow2")),
        ],
        lambda repo, disk, out: [
            *("qemu-img", "convert", "-O", "raw"),
            *(str(repo / f"{disk.stem}.qcow2"), _restored(disk, out)),
        ],
    ),
    _borg("borg zstd", "--compression=zstd"),
    _borg("borg lz4", "--compression=lz4"),  # its default
    Tool(
        "restic",
        lambda repo: ["restic", "-q", "-r", str(repo / "repo"), "init"],
        lambda repo, disk: ["restic", "-q", "-r", str(repo / "repo"), "backup", disk.name],
        lambda repo, disk, out: [
            *("restic", "-q", "-r", str(repo / "repo"), "restore", "latest"),
            *("--target", str(out), "--include", disk.name),
        ],
    ),
    Tool(
        "casync",
        lambda repo: None,
        lambda repo, disk: [
            *("casync", "make", f"--store={repo}/store.castr"),
            *(str(repo / f"{disk.stem}.caibx"), str(disk)),
        ],
        lambda repo, disk, out: [
            *("casync", "extract", f"--store={repo}/store.castr"),
            *(str(repo / f"{disk.stem}.caibx"), _restored(disk, out)),
        ],
    ),
]


@dataclass(frozen=True)
class Measured:
    """One tool in one round: seconds (`cpu`: of the processor, both disks), and bytes in files."""

    first: float
    second: float
    cpu: float
    restore: float
    stored: int

    @property
    def both(self) -> float:
        """Seconds for both disks."""
        return self.first + self.second


def measure(tool: Tool, disks: tuple[Path, Path], folder: Path) -> Measured:
    """One round of one tool. Raises CalledProcessError, or RuntimeError if the restored disk differs."""
    shutil.rmtree(folder, ignore_errors=True)
    repo, out = folder / "repo", folder / "out"
    repo.mkdir(parents=True)
    out.mkdir()
    env = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "RESTIC_PASSWORD": "bench",
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }

    def timed(words: list[str], cwd: Path) -> float:
        began = time.perf_counter()
        subprocess.run(words, check=True, cwd=cwd, env=env, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    if (words := tool.prepare(repo)) is not None:
        subprocess.run(words, check=True, env=env, stdout=subprocess.DEVNULL)
    before = os.times()
    first, second = (timed(tool.store(repo, disk), disk.parent) for disk in disks)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    stored = sum(path.stat().st_size for path in repo.rglob("*") if path.is_file())
    restore = timed(tool.restore(repo, disks[1], out), out)
    if not filecmp.cmp(disks[1], out / disks[1].name, shallow=False):
        raise RuntimeError(f"{tool.name} restored another disk than it was given")
    shutil.rmtree(folder)
    return Measured(first, second, cpu, restore, stored)


def table(results: dict[str, list[Measured]]) -> str:
    """Medians by tool, with each figure's multiple of the first tool's."""

    def median(name: str, figure: str) -> float:
        return statistics.median(getattr(one, figure) for one in results[name])

    def cell(name: str, figure: str, unit: float = 1.0) -> str:
        value, base = median(name, figure), median(next(iter(results)), figure)
        return f"{value / unit:.1f} ({value / base:.2f}x)"

    lines = [
        f"{'':9} {'debian s':>8} {'lamp s':>7} {'both s':>14} {'cpu s':>14} {'MB':>14} {'restore s':>13}"
    ]
    for name in results:
        lines.append(
            f"{name:9} {median(name, 'first'):8.1f} {median(name, 'second'):7.1f} {cell(name, 'both'):>14} "
            f"{cell(name, 'cpu'):>14} {cell(name, 'stored', 1e6):>14} {cell(name, 'restore'):>13}"
        )
    return "\n".join(lines)


def main() -> None:
    """Make or find the disks, run the rounds, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, default=Path("/var/tmp/amiable-bench-ingest"))
    parser.add_argument("--gib", type=int, default=8, help="size of the disks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="tools, comma-separated")
    arguments = parser.parse_args()
    tools = [tool for tool in TOOLS if not arguments.only or tool.name in arguments.only.split(",")]
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing:
        subprocess.run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing], check=True)
    disks = make(arguments.work, arguments.gib)
    results: dict[str, list[Measured]] = {tool.name: [] for tool in tools}
    for round_number in range(arguments.rounds):
        for tool in tools:
            for disk in disks:
                subprocess.run(["cat", disk], stdout=subprocess.DEVNULL, check=True)  # all find it in memory
            one = measure(tool, disks, arguments.work / "round")
            results[tool.name].append(one)
            print(f"round {round_number + 1} {tool.name}: {one}", flush=True)
    cores = len(os.sched_getaffinity(0))
    print(f"\n{cores} cores, medians of {arguments.rounds}, multiples of {tools[0].name}:\n")
    print(table(results))


if __name__ == "__main__":
    main()
