"""What a disk must offer to be ingested, and the raw file as one.

A source is a fixed point in time: reading a range twice gives the same bytes. Its extents name what must be
read; blocks that no extent touches come from the parent manifest, or are zero. `read` is called from one
thread only, in ascending order, in pieces of at most READ_BLOCKS blocks.
"""

import errno
import heapq
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.files import as_amiable
from amiable.core.errors import InvalidInput, NotFound

READ_BLOCKS = 8  # 4 MiB


class Source(Protocol):
    """A disk at one point in time."""

    @property
    def size(self) -> int:
        """Bytes."""

    def extents(self) -> Iterable[tuple[int, int]]:
        """(offset, length) in bytes, ascending by offset; may overlap, need not be aligned."""

    def read(self, offset: int, length: int) -> bytes | bytearray | memoryview:
        """Exactly these bytes, of any range within `size`, whether an extent names it or not."""


def runs(
    extents: Iterable[tuple[int, int]], size: int, also: Iterable[int] = ()
) -> Iterator[tuple[int, int]]:
    """The blocks to read, as (first, end) of at most READ_BLOCKS, ascending, each block once.

    They are those that an extent touches and those in `also` (ascending block indexes). Streams: extents
    are consumed as runs are taken. Raises InvalidInput for an extent that is out of order or range.
    """
    start = end = 0  # [start, end) is wanted and not yielded; everything wanted before start has been
    wanted = heapq.merge(
        _blocks(extents, size), ((index, index + 1) for index in also), key=lambda run: run[0]
    )
    for first, last in wanted:
        if first > end:
            if end > start:
                yield start, end
            start, end = first, last
        else:
            end = max(end, last)
        while end - start >= READ_BLOCKS:
            yield start, start + READ_BLOCKS
            start += READ_BLOCKS
    if end > start:
        yield start, end


def _blocks(extents: Iterable[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Byte extents as (first, end) blocks, checked."""
    previous = 0
    for offset, length in extents:
        if offset < previous or length < 0 or offset + length > size:
            raise InvalidInput(
                f"Extent ({offset}, {length}) is out of order or passes the disk's {size} bytes."
            )
        previous = offset
        if length:
            yield offset // BLOCK_SIZE, -(-(offset + length) // BLOCK_SIZE)


class RawFile:
    """A raw disk file or block device; its extents are its data, without its holes."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self.size = os.lseek(descriptor, 0, os.SEEK_END)

    def extents(self) -> Iterator[tuple[int, int]]:
        """See Source."""
        end = 0
        while end < self.size:
            try:
                start = os.lseek(self._descriptor, end, os.SEEK_DATA)
                end = min(os.lseek(self._descriptor, start, os.SEEK_HOLE), self.size)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    return  # only a hole is left
                if error.errno == errno.EINVAL:  # a device or file system that does not tell holes
                    start, end = end, self.size
                else:
                    raise as_amiable(error, f"reading {self._path}") from error
            yield start, end - start

    def read(self, offset: int, length: int) -> bytes:
        """See Source. Shorter than asked only if the file was truncated since it was opened."""
        try:
            return os.pread(self._descriptor, length, offset)
        except OSError as error:
            raise as_amiable(error, f"reading {self._path}") from error


@contextmanager
def raw_file_source(path: Path) -> Iterator[RawFile]:
    """Open a raw disk file as a source. Raises NotFound."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFound(f"There is no disk file {path}.") from error
    except OSError as error:
        raise as_amiable(error, f"opening {path}") from error
    try:
        yield RawFile(descriptor, path)
    finally:
        os.close(descriptor)
