"""Small disks for tests of the block store: contents in memory, offered as sources."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from amiable.blocks.chunk import BLOCK_SIZE


@cache
def block(letter: str) -> bytes:
    """A block's content, different for each letter; `.` is zeros."""
    return bytes(BLOCK_SIZE) if letter == "." else (letter * 16).encode() * (BLOCK_SIZE // 16)


def content(letters: str) -> bytes:
    """A disk of one block a letter."""
    return b"".join(block(letter) for letter in letters)


@dataclass
class Disk:
    """A source over bytes. `wanted` are its extents, by default all of it; `read_ranges` is what was read."""

    data: bytes
    wanted: Iterable[tuple[int, int]] | None = None

    def __post_init__(self) -> None:
        self.size = len(self.data)
        self.read_ranges: list[tuple[int, int]] = []

    def extents(self) -> Iterable[tuple[int, int]]:
        """See Source."""
        return [(0, self.size)] if self.wanted is None else self.wanted

    def read(self, offset: int, length: int) -> memoryview:
        """See Source."""
        self.read_ranges.append((offset, length))
        return memoryview(self.data)[offset : offset + length]


def changes(old: str, new: str) -> list[tuple[int, int]]:
    """The extents that differ between two disks given by letters; `new` may be longer."""
    old = old.ljust(len(new), ".")
    return [(at * BLOCK_SIZE, BLOCK_SIZE) for at, letter in enumerate(new) if letter != old[at]]
