"""What travels when further versions of an image are copied to another region.

    python -m bench.copy_image [--work FOLDER] [--gib 8]

A Debian disk is the first version, the same disk with a LAMP stack the second (bench.related_disks), that
with 16 MB of new files the third (bench.store_size). Each is copied in turn: bytes sent, beside its own bytes
(the data on its disk), and beside the peer: `qemu-img convert -c`, and the transfer of the whole file.
Seconds are the whole copy between two local stores, and for the peer the conversion and a copy of its file.
Needs root.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.ingest import ingest, raw_file_source
from amiable.blocks.replicate import replicate
from amiable.blocks.store import PruneStore, open_store
from amiable.blocks.verify import verify
from bench.related_disks import make
from bench.store_size import next_version


def stored(store: PruneStore, disk: Path, name: str) -> tuple[str, int]:
    """(digest, bytes of the blocks that are not zero) of a disk in a store."""
    with raw_file_source(disk) as source:
        done = ingest(store, source, name=name)
    return done.digest, len(done.manifest.indexes) * BLOCK_SIZE


def peer(disk: Path, folder: Path) -> tuple[float, int]:
    """(seconds, bytes sent) of converting the disk and sending the file."""
    began = time.monotonic()
    out = folder / "disk.qcow2"
    subprocess.run(["qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", disk, out], check=True)
    shutil.copyfile(out, folder / "sent.qcow2")
    with (folder / "sent.qcow2").open("rb") as file:
        os.fsync(file.fileno())
    return time.monotonic() - began, out.stat().st_size


def main() -> None:
    """Print one row for each way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("/var/tmp/amiable-bench-ingest"))
    parser.add_argument("--gib", type=int, default=8)
    asked = parser.parse_args()
    first, second = make(asked.work, asked.gib)
    with tempfile.TemporaryDirectory(dir=asked.work) as name:
        folder = Path(name)
        here, there = open_store(f"file://{folder}/here"), open_store(f"file://{folder}/there")
        third, mount = folder / "third.raw", folder / "mount"
        mount.mkdir()
        next_version(second, third, 3, mount)
        print(f"load average {os.getloadavg()[0]:.1f}")
        for number, disk in enumerate((first, second, third), 1):
            digest, size = stored(here, disk, f"v{number}")
            began = time.monotonic()
            copied = replicate(here, f"v{number}", digest, there, name=f"v{number}")
            report(f"version {number}", copied.bytes_read, size, time.monotonic() - began)
            seconds, sent = peer(disk, folder)
            report("  qemu-img -c", sent, size, seconds)
        assert verify(there, ["v1", "v2", "v3"]).findings == ()


def report(what: str, sent: int, size: int, seconds: float) -> None:
    """One row."""
    print(f"{what:14}  {sent / 1e6:8.1f} MB sent   {seconds:6.2f} s   {sent / size:.3f} of the image")


if __name__ == "__main__":
    main()
