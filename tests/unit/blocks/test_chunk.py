"""Chunks: what goes in comes out, and nothing damaged or oversized ever does."""

import secrets

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from amiable.blocks.chunk import BLOCK_SIZE, chunk_id, decode, encode, fetch
from amiable.blocks.layout import chunk_key, copy_key
from amiable.blocks.store import open_store
from amiable.core.errors import Corrupt, InvalidInput, NotFound
from tests.helpers.disks import block

RANDOM = secrets.token_bytes(BLOCK_SIZE)


def test_the_name_is_blake3_of_the_plaintext() -> None:
    """The first test vector of the BLAKE3 project: no input."""
    assert chunk_id(b"").hex() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


def test_compressible_content_shrinks() -> None:
    body = encode(block("a"))
    assert len(body) < 1000
    assert decode(body, chunk_id(block("a"))) == block("a")


def test_incompressible_content_grows_by_its_marker_only() -> None:
    body = encode(memoryview(RANDOM))
    assert len(body) == BLOCK_SIZE + 1
    assert decode(body, chunk_id(RANDOM)) == RANDOM


@pytest.mark.parametrize("size", [0, 1, BLOCK_SIZE - 1, BLOCK_SIZE + 1])
def test_only_whole_blocks_are_chunks(size: int) -> None:
    with pytest.raises(InvalidInput):
        encode(bytes(size))
    with pytest.raises(Corrupt):
        decode(b"\x00" + bytes(size), chunk_id(bytes(size)))


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from([block("a"), RANDOM]))
def test_no_damage_goes_unnoticed(data: st.DataObject, plain: bytes) -> None:
    body = bytearray(encode(plain))
    at = data.draw(st.integers(0, len(body) - 1))
    if data.draw(st.booleans()):
        del body[at:]
    else:
        body[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert decode(bytes(body), chunk_id(plain)) == plain  # zstd frames have a bit or two without meaning
    except Corrupt as corrupt:
        told = str(corrupt)
    else:
        return
    assert chunk_id(plain).hex() in told


@pytest.mark.parametrize("size", [BLOCK_SIZE + 1, 2**33])
def test_a_frame_that_would_expand_beyond_a_block_is_not_expanded(size: int) -> None:
    """A frame of 8 GiB of zeros is a few hundred kB; its header tells."""
    compressor = zstandard.ZstdCompressor(level=1).compressobj(size=size)
    step = 2**24
    frame = compressor.compress(bytes(min(size, step)))
    for _ in range(min(size // step - 1, 15)):
        frame += compressor.compress(bytes(step))
    with pytest.raises(Corrupt, match="does not hold one block"):
        decode(b"\x01" + frame, chunk_id(bytes(BLOCK_SIZE)))


def test_a_frame_that_lies_about_its_size_is_cut_off() -> None:
    """No size in the header, 1 GiB of zeros inside."""
    compressor = zstandard.ZstdCompressor(level=1, write_content_size=False).compressobj()
    frame = b"".join(compressor.compress(bytes(2**24)) for _ in range(64)) + compressor.flush()
    with pytest.raises(Corrupt):
        decode(b"\x01" + frame, chunk_id(bytes(BLOCK_SIZE)))


def test_another_copy_serves_when_the_first_is_bad_or_missing() -> None:
    store = open_store("memory://")
    chunk = chunk_id(block("a"))
    store.create(copy_key(chunk, "one"), b"bad too")
    store.create(copy_key(chunk, "two"), encode(block("a")))
    assert fetch(store, chunk) == block("a")
    store.create(chunk_key(chunk), b"bad")
    assert fetch(store, chunk) == block("a")
    store.delete(copy_key(chunk, "two"))
    with pytest.raises(Corrupt, match=chunk.hex()):
        fetch(store, chunk)
    store.delete_many([copy_key(chunk, "one"), chunk_key(chunk)])
    with pytest.raises(NotFound, match=chunk.hex()):
        fetch(store, chunk)
