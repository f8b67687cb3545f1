"""Ingest: what is read, what is stored, what the manifest says."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from amiable.blocks.chunk import BLOCK_SIZE, chunk_id
from amiable.blocks.delete import delete_manifest
from amiable.blocks.ingest import ingest, raw_file_source
from amiable.blocks.layout import chunk_key, manifest_key
from amiable.blocks.manifest import Manifest, load
from amiable.blocks.reader import read_at
from amiable.blocks.store import PruneStore, open_store
from amiable.core.errors import Conflict, Corrupt, InvalidInput
from tests.helpers.disks import Disk, block, changes, content


@pytest.fixture
def store(tmp_path: Path) -> PruneStore:
    return open_store(f"file://{tmp_path}/store")


def stored(store: PruneStore, manifest: Manifest) -> bytes:
    return read_at(store, manifest, 0, manifest.volume_size)


def test_equal_blocks_are_stored_once_and_zeros_never(store: PruneStore) -> None:
    done = ingest(store, Disk(content("aab..a")), name="snap-1")
    assert (done.chunks_new, done.bytes_read) == (2, 6 * BLOCK_SIZE)
    assert done.manifest.indexes.tolist() == [0, 1, 2, 5]
    assert len(list(store.list("chunks/"))) == 2
    assert sum(entry.size for entry in store.list("chunks/")) == done.bytes_stored
    assert stored(store, done.manifest) == content("aab..a")
    assert load(store, "snap-1", done.digest) == done.manifest


def test_only_extents_are_read_and_whole_blocks_of_them(store: PruneStore) -> None:
    disk = Disk(content("abcdefgh"), [(BLOCK_SIZE + 5, 10), (3 * BLOCK_SIZE - 1, 2)])
    done = ingest(store, disk, name="snap-1")
    assert done.manifest.indexes.tolist() == [1, 2, 3]
    assert disk.read_ranges == [(BLOCK_SIZE, 3 * BLOCK_SIZE)]
    assert stored(store, done.manifest) == content(".bcd....")


def test_the_parent_gives_the_rest(store: PruneStore) -> None:
    parent = ingest(store, Disk(content("abc.e")), name="snap-1").manifest
    disk = Disk(content("aXc.."), changes("abc.e", "aXc.."))
    done = ingest(store, disk, name="snap-2", parent=parent)
    assert stored(store, done.manifest) == content("aXc..")
    assert done.bytes_read == 2 * BLOCK_SIZE
    assert done.chunks_new == 1


def test_a_volume_may_have_grown_but_not_shrunk(store: PruneStore) -> None:
    """Also when the parent ended within a block."""
    small = content("ab") + b"tail"
    large = small + bytes(BLOCK_SIZE) + b"more"
    parent = ingest(store, Disk(small), name="snap-1").manifest
    done = ingest(store, Disk(large, [(len(large) - 4, 4)]), name="snap-2", parent=parent)
    assert stored(store, done.manifest) == large
    with pytest.raises(InvalidInput, match="fewer"):
        ingest(store, Disk(small), name="snap-3", parent=done.manifest)


def test_a_parent_that_has_gone_is_read_again(store: PruneStore) -> None:
    parent = ingest(store, Disk(content("abc")), name="snap-1").manifest
    delete_manifest(store, "snap-1")
    disk = Disk(content("abX"), changes("abc", "abX"))
    assert ingest(store, disk, name="snap-2", parent=parent).bytes_read == 3 * BLOCK_SIZE
    other = open_store("memory://")
    assert stored(other, ingest(other, disk, name="snap-2", parent=parent).manifest) == content("abX")


def test_the_same_name_again_returns_the_same(store: PruneStore) -> None:
    first = ingest(store, Disk(content("abc")), name="snap-1")
    disk = Disk(content("abc"))
    again = ingest(store, disk, name="snap-1")
    assert (again.digest, again.chunks_new, disk.read_ranges) == (first.digest, 0, [])


def test_the_same_name_again_mends_what_is_missing(store: PruneStore) -> None:
    ingest(store, Disk(content("abc")), name="snap-1")
    store.delete(chunk_key(chunk_id(block("b"))))
    disk = Disk(content("abc"))
    again = ingest(store, disk, name="snap-1")
    assert disk.read_ranges == [(BLOCK_SIZE, BLOCK_SIZE)]
    assert stored(store, again.manifest) == content("abc")


def test_the_same_name_for_another_disk_is_a_conflict(store: PruneStore) -> None:
    ingest(store, Disk(content("abc")), name="snap-1")
    with pytest.raises(Conflict, match="snap-1"):
        ingest(store, Disk(content("ab")), name="snap-1")
    store.delete(chunk_key(chunk_id(block("b"))))
    with pytest.raises(Conflict, match="snap-1"):
        ingest(store, Disk(content("aXc")), name="snap-1")
    assert list(store.list("leases/")) == []


def test_a_damaged_manifest_is_not_taken_for_the_snapshot(store: PruneStore) -> None:
    ingest(store, Disk(content("abc")), name="snap-1")
    data = store.get(manifest_key("snap-1"))
    for damaged in (data[:-3], b"", data[:60] + bytes([data[60] ^ 1]) + data[61:]):
        store.replace(manifest_key("snap-1"), damaged)
        with pytest.raises(Corrupt, match="snap-1"):
            ingest(store, Disk(content("abc")), name="snap-1")


@pytest.mark.parametrize("name", ["", "../x", "a/b"])
def test_names(store: PruneStore, name: str) -> None:
    with pytest.raises(InvalidInput):
        ingest(store, Disk(content("a")), name=name)


def test_a_source_that_comes_up_short(store: PruneStore, tmp_path: Path) -> None:
    """A raw file that is truncated after it was opened."""
    path = tmp_path / "disk.raw"
    path.write_bytes(content("abc"))
    with raw_file_source(path) as source:
        extents = list(source.extents())
        path.write_bytes(content("ab"))
        with pytest.raises(Corrupt, match="came at offset"):
            ingest(store, Short(source.size, extents, source.read), name="snap-1")
    assert not store.exists(manifest_key("snap-1"))
    assert list(store.list("leases/")) == []


@dataclass
class Short:
    """A disk whose size and extents were taken earlier than its content."""

    size: int
    taken: list[tuple[int, int]]
    read: Callable[[int, int], bytes]

    def extents(self) -> list[tuple[int, int]]:
        return self.taken


def test_progress_ends_at_the_size_and_never_goes_back(store: PruneStore) -> None:
    seen: list[tuple[int, int]] = []
    disk = content("abcdefghij" * 3) + b"x"
    ingest(store, Disk(disk), name="snap-1", progress=lambda at, size: seen.append((at, size)))
    assert seen[-1] == (len(disk), len(disk))
    assert seen == sorted(seen)


class Huge:
    """64 TiB, of which one byte in every 16 GiB is not zero."""

    size = 64 * 2**40

    def extents(self) -> Iterator[tuple[int, int]]:
        yield from ((offset, 1) for offset in range(0, self.size, 2**34))

    def read(self, offset: int, length: int) -> bytes:
        return offset.to_bytes(8, "little") + bytes(length - 8)


def test_the_largest_volume(store: PruneStore) -> None:
    done = ingest(store, Huge(), name="snap-1")
    assert done.manifest.indexes.tolist() == list(
        range(2**15, 2**27, 2**15)
    )  # the first block reads as zeros
    assert read_at(store, done.manifest, Huge.size - 2**34, 8) == (Huge.size - 2**34).to_bytes(8, "little")
    assert read_at(store, done.manifest, Huge.size - 8, 16) == bytes(8)


MEMORY = """
import resource, sys
from amiable.blocks.ingest import ingest
from amiable.blocks.store import open_store
class Random:
    size = 2 * 2**30
    def extents(self): return [(0, self.size)]
    def read(self, offset, length): return (offset.to_bytes(8, "little") * (length // 8))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ingest(open_store(sys.argv[1]), Random(), name="snap-1", threads=16)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_is_bounded(tmp_path: Path) -> None:
    """2 GiB through 16 threads take less than 200 MB more than the interpreter had."""
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, f"file://{tmp_path}/store"], check=True, capture_output=True, text=True
    )
    assert int(run.stdout) < 200_000
