"""Ten related images in one store, beside the sum of ten compressed qcow2 files.

    python -m bench.store_size [--work FOLDER] [--gib 8]

The images: Debian, the same with a LAMP stack (bench.related_disks), and eight that were made of the second
as one makes new versions: each copies its predecessor and writes 16 MB of new files into it and deletes what
the version before the last wrote. Bytes are those of the files on disk. Needs root (loop mounts).
"""

import argparse
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from amiable.blocks.ingest import ingest, raw_file_source
from amiable.blocks.store import open_store
from bench.related_disks import make

MEGABYTES = 16
IMAGES = 10


def next_version(disk: Path, new: Path, number: int, mount: Path) -> None:
    """`new`: `disk` with 16 MB of incompressible and repetitive files more, and an older version's gone."""
    subprocess.run(["cp", "--sparse=always", disk, new], check=True)
    subprocess.run(["mount", "-o", "loop", new, mount], check=True)
    try:
        folder = mount / "srv" / f"release-{number}"
        folder.mkdir(parents=True)
        numbers = random.Random(number)
        for part in range(MEGABYTES):
            half = numbers.randbytes(1 << 19)
            (folder / f"part-{part}").write_bytes(half + half[: 1 << 10] * (1 << 9))
        shutil.rmtree(mount / "srv" / f"release-{number - 2}", ignore_errors=True)
    finally:
        subprocess.run(["umount", mount], check=True)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Print both sums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("/var/tmp/amiable-bench-ingest"))
    parser.add_argument("--gib", type=int, default=8)
    asked = parser.parse_args()
    first, second = make(asked.work, asked.gib)
    with tempfile.TemporaryDirectory(dir=asked.work) as name:
        folder = Path(name)
        store = open_store(f"file://{folder}/store")
        mount = folder / "mount"
        mount.mkdir()
        disk, total = first, 0
        for number in range(IMAGES):
            if number == 1:
                disk = second
            elif number > 1:
                new = folder / f"version-{number}.raw"
                next_version(disk, new, number, mount)
                if disk != second:
                    disk.unlink()
                disk = new
            with raw_file_source(disk) as source:
                ingest(store, source, name=f"version-{number}")
            out = folder / "disk.qcow2"
            subprocess.run(["qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", disk, out], check=True)
            total += out.stat().st_size
            ours = size_of(folder / "store")
            print(f"{number + 1:2} images: store {ours / 1e6:7.1f} MB, qcow2 files {total / 1e6:7.1f} MB")
        print(f"load average {os.getloadavg()[0]:.1f}; the store has {ours / total:.3f} of the files' bytes")


if __name__ == "__main__":
    main()
