"""A source that is read from end to end, whatever its extents say: nothing can be taken from a parent."""

from collections.abc import Iterable
from typing import Protocol


class _Readable(Protocol):
    size: int

    def read(self, offset: int, length: int) -> bytearray: ...


class WholeVolume:
    """All of another source."""

    def __init__(self, source: _Readable) -> None:
        self._source = source
        self.size = source.size

    def extents(self) -> Iterable[tuple[int, int]]:
        """One extent: everything."""
        return [(0, self.size)]

    def read(self, offset: int, length: int) -> bytearray:
        """As the other source reads."""
        return self._source.read(offset, length)
