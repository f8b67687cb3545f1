"""Hydrate: whole or absent, sparse, checked; whatever happens in the middle."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.hydrate import hydrate
from amiable.blocks.ingest import ingest
from amiable.blocks.manifest import load
from amiable.blocks.store import PruneStore, open_store
from amiable.core.errors import DiskFull
from tests.helpers.disks import Disk, content

LETTERS = "ab..c..." * 16


@pytest.fixture
def store(tmp_path: Path) -> PruneStore:
    store = open_store(f"file://{tmp_path}/store")
    ingest(store, Disk(content(LETTERS) + b"tail"), name="snap-1")
    return store


def test_the_file_is_exact_and_sparse(store: PruneStore, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = tmp_path / "disk.raw"
    hydrate(store, load(store, "snap-1"), path, progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == content(LETTERS) + b"tail"
    assert path.stat().st_blocks * 512 <= (3 * 16 + 1) * BLOCK_SIZE
    assert seen[-1] == (49 * BLOCK_SIZE, 49 * BLOCK_SIZE)
    assert [child.name for child in tmp_path.iterdir() if child.name.startswith("disk")] == ["disk.raw"]


def test_a_finished_file_is_left_alone(store: PruneStore, tmp_path: Path) -> None:
    path = tmp_path / "disk.raw"
    path.write_bytes(b"finished")
    hydrate(store, load(store, "snap-1"), path)
    assert path.read_bytes() == b"finished"
    assert not path.with_name("disk.raw.partial").exists()


def test_an_empty_volume(store: PruneStore, tmp_path: Path) -> None:
    ingest(store, Disk(content("....")), name="snap-2")
    hydrate(store, load(store, "snap-2"), tmp_path / "disk.raw")
    assert (tmp_path / "disk.raw").stat().st_size == 4 * BLOCK_SIZE
    assert (tmp_path / "disk.raw").stat().st_blocks == 0


# A hydration in a process of its own, slow enough to be caught in the middle.
SLOW = """
import sys, time
from pathlib import Path
from amiable.blocks.hydrate import hydrate
from amiable.blocks.manifest import load
from amiable.blocks.store import open_store
store = open_store(sys.argv[1])
def slow(done, total):
    print(done, flush=True)
    time.sleep(float(sys.argv[3]))
hydrate(store, load(store, "snap-1"), Path(sys.argv[2]), progress=slow, threads=1)
"""


def slow(tmp_path: Path, seconds: float) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", SLOW, f"file://{tmp_path}/store", f"{tmp_path}/disk.raw", str(seconds)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_killed_in_the_middle_leaves_no_half_file_and_starts_again(store: PruneStore, tmp_path: Path) -> None:
    with slow(tmp_path, 60) as process:
        assert process.stdout is not None
        process.stdout.readline()  # a first piece has been written
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "disk.raw").exists()
    assert (tmp_path / "disk.raw.partial").exists()
    hydrate(store, load(store, "snap-1"), tmp_path / "disk.raw")
    assert (tmp_path / "disk.raw").read_bytes() == content(LETTERS) + b"tail"
    assert not (tmp_path / "disk.raw.partial").exists()


def test_the_second_of_two_processes_waits_for_the_first(store: PruneStore, tmp_path: Path) -> None:
    with slow(tmp_path, 0.05) as first:
        assert first.stdout is not None
        first.stdout.readline()
        seen: list[int] = []
        hydrate(
            store, load(store, "snap-1"), tmp_path / "disk.raw", progress=lambda done, _: seen.append(done)
        )
        assert seen == []  # it did no work of its own
        first.stdout.read()
        assert first.wait() == 0
    assert (tmp_path / "disk.raw").read_bytes() == content(LETTERS) + b"tail"


FULL = """
import resource, sys
from pathlib import Path
from amiable.blocks.hydrate import hydrate
from amiable.blocks.manifest import load
from amiable.blocks.store import open_store
from amiable.core.errors import DiskFull
store = open_store(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    hydrate(store, load(store, "snap-1"), Path(sys.argv[2]))
except DiskFull as full:
    print("full:", full)
"""


@pytest.mark.parametrize("limit", [4096, 20 * BLOCK_SIZE])
def test_a_file_larger_than_allowed(store: PruneStore, tmp_path: Path, limit: int) -> None:
    words = [sys.executable, "-c", FULL, f"file://{tmp_path}/store", f"{tmp_path}/disk.raw", str(limit)]
    run = subprocess.run(words, check=True, capture_output=True, text=True)
    assert run.stdout.startswith("full: No room left while writing")
    assert list(tmp_path.glob("disk.raw*")) == []


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "amiable-test", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_nothing_behind(store: PruneStore, tmp_path: Path, small_disk: Path) -> None:
    with pytest.raises(DiskFull, match=r"disk\.raw"):
        hydrate(store, load(store, "snap-1"), small_disk / "disk.raw")
    assert list(small_disk.iterdir()) == []
    assert os.statvfs(small_disk).f_bavail == os.statvfs(small_disk).f_blocks


def test_a_full_store_fails_the_ingest_and_keeps_what_was_there(small_disk: Path) -> None:
    """Incompressible content, 8 MiB into 4 MiB; afterwards a small ingest still works."""
    store = open_store(f"file://{small_disk}/store")
    ingest(store, Disk(content("ab")), name="snap-1")
    with pytest.raises(DiskFull):
        ingest(store, Disk(os.urandom(8 * 2**20)), name="snap-2")
    assert list((small_disk / "store" / "partial").iterdir()) == []
    assert not (small_disk / "store" / "manifests" / "snap-2").exists()
    assert load(store, "snap-1").indexes.tolist() == [0, 1]
