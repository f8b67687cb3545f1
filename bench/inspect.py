"""Looking inside a Debian disk and comparing it with the same disk after a LAMP stack was installed.

    python -m bench.inspect [--work FOLDER] [--gib 8] [--rounds 3]

amiable answers from its block store, over the inspection process and its limits, as the server does; seconds
are wall clock with that process's start, bytes are what was fetched of the store (whole chunks). Peers:
virt-inspector (package list; Debian package libguestfs-tools) if it is installed, which boots an appliance
with the raw disk; and mounting both disks read-only for `diff -rq` (needs root and loop devices). Peers get
raw files in the page cache, which is the best that they can have. Medians of the rounds.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amiable.blocks.ingest import ingest
from amiable.blocks.manifest import Manifest, changed_blocks, load
from amiable.blocks.reader import Reader
from amiable.blocks.source import raw_file_source
from amiable.blocks.store import ReadStore, open_store
from amiable.core import clock
from amiable.flows.inspect import ranges
from amiable.inspection.session import ask
from bench.related_disks import make

UID = 740001
MIB = 2**20


def stored(folder: Path, disk: Path) -> tuple[ReadStore, Manifest]:
    """The disk in a store of its folder."""
    store = open_store(f"file://{folder}/store")
    name = f"snap-{disk.stem}"
    with raw_file_source(disk) as source:
        digest = ingest(store, source, name=name).digest
    return store, load(store, name, digest)


def asked(
    store: ReadStore, manifests: list[Manifest], question: str, parameters: dict[str, Any], work: Path
) -> tuple[float, int, dict[str, Any]]:
    """(seconds, bytes fetched, answer)."""
    readers = [Reader(store, each, keep=64) for each in manifests]
    begun = time.monotonic()
    answer = ask(readers, question, parameters, uid=UID, work=work, cpu_seconds=600)
    return time.monotonic() - begun, sum(reader.fetched for reader in readers), answer


def median(rounds: int, run: Callable[[], tuple[float, int]]) -> str:
    """`seconds s, MiB` of some rounds."""
    rows = [run() for _ in range(rounds)]
    return f"{statistics.median(row[0] for row in rows):6.2f} s {rows[0][1] / MIB:8.1f} MiB"


def timed(*words: str | Path, allowed: tuple[int, ...] = (0,)) -> float:
    """Seconds of a command."""
    begun = time.monotonic()
    done = subprocess.run([str(word) for word in words], capture_output=True, check=False)
    assert done.returncode in allowed, done.stderr.decode()[-500:]
    return time.monotonic() - begun


def mounted_diff(folder: Path, before: Path, after: Path) -> float:
    """Seconds to mount both disks and run `diff -rq --no-dereference`, page cache of the mounts empty."""
    points = [folder / "a", folder / "b"]
    begun = time.monotonic()
    try:
        for point, disk in zip(points, (before, after), strict=True):
            point.mkdir(exist_ok=True)
            subprocess.run(["mount", "-o", "loop,ro,noload", disk, point], check=True)
        timed("diff", "-rq", "--no-dereference", *points, allowed=(0, 1, 2))
        return time.monotonic() - begun
    finally:
        for point in points:
            subprocess.run(["umount", point], check=False, capture_output=True)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--work", type=Path, default=Path("/var/tmp/amiable-bench"))
    options.add_argument("--gib", type=int, default=8)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    disks = make(given.work, given.gib)
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        work = Path(folder)
        store, before = stored(work, disks[0])
        _, after = stored(work, disks[1])
        now = {"now": clock.iso(clock.now())}
        data = now | {"data": [ranges(after.indexes, after)]}
        changes = ranges(changed_blocks(before, after), after)
        used = sum(length for _, length in data["data"][0]) / MIB
        differ = sum(length for _, length in changes) / MIB
        print(f"LAMP disk: {used:.0f} MiB used; {differ:.0f} MiB differ from the Debian disk")

        def run(manifests: list[Manifest], question: str, parameters: dict[str, Any]) -> str:
            return median(
                given.rounds, lambda: asked(store, manifests, question, parameters, work / "process")[:2]
            )

        print("report, packages  ", run([after], "report", now))
        print("… all blocks too  ", run([after], "report", data))
        print("diff              ", run([before, after], "diff", {"before": 1, "changed": [changes]}))
        answer = asked(store, [before, after], "diff", {"before": 1, "changed": [changes]}, work / "process")[
            2
        ]
        print("                  ", answer["counts"], f"{answer['bytes_compared'] / MIB:.1f} MiB compared")
        seconds = [mounted_diff(work, *disks) for _ in range(given.rounds)]
        print(f"mount, diff -rq    {statistics.median(seconds):6.2f} s")
        if shutil.which("virt-inspector"):
            words = ("virt-inspector", "--format=raw", "-a", disks[1])
            seconds = [timed(*words) for _ in range(given.rounds)]
            print(f"virt-inspector     {statistics.median(seconds):6.2f} s")
        else:
            print("virt-inspector is not installed: apt-get install libguestfs-tools")


if __name__ == "__main__":
    main()
