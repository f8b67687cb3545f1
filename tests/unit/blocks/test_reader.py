"""The seekable reader, against the bytes themselves."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiable.blocks.chunk import BLOCK_SIZE, chunk_id
from amiable.blocks.ingest import ingest
from amiable.blocks.layout import chunk_key
from amiable.blocks.reader import Reader
from amiable.blocks.store import open_store
from amiable.core.errors import Corrupt, InvalidInput
from tests.helpers.disks import Disk, block, content

DISK = content("ab.ca") + b"the end"
STORE = open_store("memory://")
MANIFEST = ingest(STORE, Disk(DISK), name="snap-1").manifest


@given(st.integers(0, len(DISK) + 10), st.integers(0, 3 * BLOCK_SIZE))
def test_any_range(offset: int, length: int) -> None:
    assert Reader(STORE, MANIFEST).read_at(offset, length) == DISK[offset : offset + length]


def test_as_a_file() -> None:
    reader = Reader(STORE, MANIFEST, keep=1)
    assert reader.seek(-7, io.SEEK_END) == len(DISK) - 7
    assert reader.read() == b"the end"
    assert reader.read(1) == b""
    assert reader.seek(BLOCK_SIZE - 2) == reader.tell()
    assert reader.read(4) == b"aabb"
    assert io.BufferedReader(Reader(STORE, MANIFEST)).read() == DISK
    with pytest.raises(InvalidInput):
        reader.seek(-1)


def test_a_bad_chunk_is_an_error_only_where_it_lies() -> None:
    store = open_store("memory://")
    manifest = ingest(store, Disk(DISK), name="snap-1").manifest
    store.replace(chunk_key(chunk_id(block("b"))), b"bad")
    reader = Reader(store, manifest)
    assert reader.read_at(0, BLOCK_SIZE) == block("a")
    with pytest.raises(Corrupt, match=chunk_id(block("b")).hex()):
        reader.read_at(BLOCK_SIZE - 1, 2)
    assert reader.read_at(3 * BLOCK_SIZE, BLOCK_SIZE) == block("c")


def test_blocks_read_last_are_kept() -> None:
    """Small reads in one place need the store once: here it is emptied in between."""
    store = open_store("memory://")
    reader = Reader(store, ingest(store, Disk(DISK), name="snap-1").manifest, keep=2)
    reader.read_at(0, 10)
    store.delete_many([entry.key for entry in store.list("chunks/")])
    assert reader.read_at(100, 4) == b"aaaa"
