"""Which blocks are read, and what a raw file offers."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.source import READ_BLOCKS, raw_file_source, runs
from amiable.core.errors import InvalidInput, NotFound

SIZE = 60 * BLOCK_SIZE - 100
extents = st.lists(
    st.tuples(st.integers(0, SIZE), st.integers(0, 12 * BLOCK_SIZE)).map(
        lambda e: (e[0], min(e[1], SIZE - e[0]))
    ),
    max_size=8,
).map(lambda some: sorted(some, key=lambda extent: extent[0]))


@given(extents, st.sets(st.integers(0, 59), max_size=10))
def test_every_touched_block_once_and_in_order(wanted: list[tuple[int, int]], also: set[int]) -> None:
    expected = set(also)
    for offset, length in wanted:
        if length:
            expected |= set(range(offset // BLOCK_SIZE, (offset + length - 1) // BLOCK_SIZE + 1))
    got = list(runs(wanted, SIZE, sorted(also)))
    assert [index for first, end in got for index in range(first, end)] == sorted(expected)
    assert all(0 < end - first <= READ_BLOCKS for first, end in got)


@pytest.mark.parametrize(
    "bad", [[(0, SIZE + 1)], [(SIZE, 1)], [(-1, 5)], [(5, -1)], [(BLOCK_SIZE, 1), (0, 1)]]
)
def test_extents_out_of_range_or_order_are_refused(bad: list[tuple[int, int]]) -> None:
    with pytest.raises(InvalidInput):
        list(runs(bad, SIZE))


def test_extents_stream() -> None:
    """The first run comes before the last extent has been asked for."""
    asked = []

    def endless():
        for number in range(10**9):
            asked.append(number)
            yield number * 2 * BLOCK_SIZE, 1

    first = next(runs(endless(), 10**9 * 2 * BLOCK_SIZE))
    assert first == (0, 1)
    assert len(asked) < 5


def test_a_raw_file_offers_its_data_without_its_holes(tmp_path: Path) -> None:
    path = tmp_path / "disk.raw"
    with path.open("wb") as file:
        file.truncate(SIZE)
        file.seek(10 * BLOCK_SIZE)
        file.write(os.urandom(BLOCK_SIZE))
    with raw_file_source(path) as source:
        assert source.size == SIZE
        (extent,) = source.extents()
        assert extent == (10 * BLOCK_SIZE, BLOCK_SIZE)
        assert source.read(10 * BLOCK_SIZE, 16) == path.read_bytes()[10 * BLOCK_SIZE :][:16]


def test_an_empty_and_a_missing_raw_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with raw_file_source(tmp_path / "empty") as source:
        assert (source.size, list(source.extents())) == (0, [])
    with pytest.raises(NotFound, match=r"nothing\.raw"), raw_file_source(tmp_path / "nothing.raw"):
        pass
