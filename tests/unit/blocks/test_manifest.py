"""Manifests: stored and read back, refused when damaged, compared and laid over one another."""

import secrets

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiable.blocks.chunk import BLOCK_SIZE, ZERO_ID
from amiable.blocks.layout import manifest_key
from amiable.blocks.manifest import MAX_VOLUME, Manifest, changed_blocks, from_bytes, load, overlay
from amiable.blocks.store import open_store
from amiable.core.errors import Corrupt, InvalidInput, NotFound

IDS = [secrets.token_bytes(31) + bytes([0]) for _ in range(4)]  # a trailing zero must not be lost
Blocks = dict[int, bytes]
blocks = st.dictionaries(st.integers(0, 40), st.sampled_from(IDS), max_size=12)


def arrays(content: Blocks) -> tuple[np.ndarray, np.ndarray]:
    indexes = sorted(content)
    ids = np.frombuffer(b"".join(content[index] for index in indexes), np.uint8).reshape(-1, 32)
    return np.array(indexes, np.uint32), ids


def manifest(content: Blocks, size: int = 41 * BLOCK_SIZE, name: str = "snap") -> Manifest:
    return Manifest(size, BLOCK_SIZE, *arrays(content), name)


def as_dict(one: Manifest) -> Blocks:
    return dict(zip(one.indexes.tolist(), one.ids(), strict=True))


@given(blocks, st.integers(40 * BLOCK_SIZE + 1, 41 * BLOCK_SIZE))
def test_there_and_back(content: Blocks, size: int) -> None:
    before = manifest(content, size)
    after = from_bytes(before.to_bytes(), "other name")
    assert after == before
    assert (after.volume_size, after.block_size, as_dict(after)) == (size, BLOCK_SIZE, content)
    assert (after.digest, after.name, after.blocks) == (before.digest, "other name", 41)


@given(blocks)
def test_chunk_at(content: Blocks) -> None:
    one = manifest(content)
    assert {index: one.chunk_at(index) for index in range(41)} == {
        index: content.get(index) for index in range(41)
    }


@settings(max_examples=300)
@given(st.data())
def test_no_damage_goes_unnoticed(data: st.DataObject) -> None:
    stored = bytearray(manifest(data.draw(blocks)).to_bytes())
    original = bytes(stored)
    at = data.draw(st.integers(0, len(stored) - 1))
    if data.draw(st.booleans()):
        del stored[at:]
    else:
        stored[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert from_bytes(bytes(stored), "snap-x") == from_bytes(original, "snap-x")
    except Corrupt as corrupt:
        told = str(corrupt)
    else:
        return
    assert "snap-x" in told


@pytest.mark.parametrize(
    "wrong",
    [
        manifest({0: IDS[0]}, size=0),
        manifest({41: IDS[0]}),
        manifest({}, size=MAX_VOLUME + 1),
        Manifest(BLOCK_SIZE, 4096, *arrays({})),
        Manifest(9 * BLOCK_SIZE, BLOCK_SIZE, np.array([3, 3], np.uint32), arrays({0: IDS[0], 1: IDS[1]})[1]),
        Manifest(9 * BLOCK_SIZE, BLOCK_SIZE, np.array([4, 3], np.uint32), arrays({0: IDS[0], 1: IDS[1]})[1]),
    ],
    ids=["past-the-end", "past-the-end-by-one", "too-large", "block-size", "repeated", "descending"],
)
def test_content_that_makes_no_sense_is_refused_though_its_digest_fits(wrong: Manifest) -> None:
    with pytest.raises(Corrupt, match="snap-x"):
        from_bytes(wrong.to_bytes(), "snap-x")


def test_load_compares_with_the_digest_of_the_row() -> None:
    store = open_store("memory://")
    one, other = manifest({1: IDS[0]}), manifest({1: IDS[1]})
    store.create(manifest_key("snap"), other.to_bytes())
    assert load(store, "snap").name == "snap"
    with pytest.raises(Corrupt, match="snap"):
        load(store, "snap", one.digest)
    with pytest.raises(NotFound):
        load(store, "snap-2")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-a", "a\0", "a" * 129])
def test_names_that_are_no_key_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        load(open_store("memory://"), name)


@given(blocks, blocks)
def test_changed_blocks(old: Blocks, new: Blocks) -> None:
    expected = sorted(index for index in range(41) if old.get(index) != new.get(index))
    assert changed_blocks(manifest(old), manifest(new)).tolist() == expected


@given(blocks, st.dictionaries(st.integers(0, 40), st.sampled_from([*IDS, ZERO_ID]), max_size=12))
def test_overlay(base: Blocks, new: Blocks) -> None:
    expected = {index: chunk for index, chunk in {**base, **new}.items() if chunk != ZERO_ID}
    laid = overlay(manifest(base), 50 * BLOCK_SIZE, *arrays(new))
    assert as_dict(laid) == expected
    assert laid.indexes.tolist() == sorted(expected)
    assert laid.volume_size == 50 * BLOCK_SIZE


def test_a_volume_does_not_shrink() -> None:
    with pytest.raises(InvalidInput, match="fewer"):
        overlay(manifest({}), 40 * BLOCK_SIZE, *arrays({}))


def test_a_full_8_gib_manifest_is_small() -> None:
    rows = 8 * 2**30 // BLOCK_SIZE
    ids = np.frombuffer(secrets.token_bytes(32 * rows), np.uint8).reshape(rows, 32)
    full = Manifest(8 * 2**30, BLOCK_SIZE, np.arange(rows, dtype=np.uint32), ids)
    assert len(full.to_bytes()) < 600_000
