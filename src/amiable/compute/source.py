"""A volume at one point in time, as the block store reads it: `size`, `extents()`, `read(offset, length)`.

What `extents` names must be read; the rest is as in the parent (see docs/machine.md, Points in time):

    incremental      what the parent snapshot's dirty bitmap names
    not incremental  every cluster allocated above the base image (the parent), zeroed ones included

`read` answers for any range, whether or not `extents` named it. Safe for several threads.
"""

from collections.abc import Callable, Iterator, Sequence

from amiable.compute import nbd
from amiable.compute.nbd import Connection, Pool

DEPTH = "qemu:allocation-depth"
BITMAP = "qemu:dirty-bitmap:"


class VolumeSource:
    """One volume. `size` in bytes; `incremental` says which parent `extents` is relative to."""

    def __init__(
        self, connect: Callable[[Sequence[str]], Connection], *, bitmap: str | None, layers: int
    ) -> None:
        """`connect` opens the export with the contexts it is given.

        `bitmap` is the name under which the export tells what changed, None to go by allocation; then the
        upper `layers` of the chain count as the volume's own, what is below as its base image.
        """
        self._connect = connect
        self._bitmap = bitmap
        self._layers = layers
        self._pool = Pool(lambda: connect(()))
        with self._pool.connection() as connection:
            self.size: int = connection.size

    @property
    def incremental(self) -> bool:
        """Whether `extents` is relative to the parent snapshot (else: to the base image)."""
        return self._bitmap is not None

    def extents(self) -> Iterator[tuple[int, int]]:
        """(offset, length) of what must be read, ascending, not touching. Raises Corrupt, Unavailable."""
        context = DEPTH if self._bitmap is None else BITMAP + self._bitmap
        connection = self._connect((context,))
        try:
            rows = connection.status(context)
            yield from _joined((offset, length) for offset, length, flags in rows if self._counts(flags))
        finally:
            connection.close()

    def _counts(self, flags: int) -> bool:
        if self._bitmap is not None:
            return bool(flags & 1)  # NBD_STATE_DIRTY
        return 1 <= flags <= self._layers  # depth: 1 is the uppermost layer, 0 nowhere

    def read(self, offset: int, length: int) -> bytearray:
        """`length` bytes at `offset`. Raises InvalidInput (outside the volume), Corrupt, Unavailable."""
        if length <= nbd.MAX_READ:
            return self._read(offset, length)
        whole = bytearray()
        while len(whole) < length:
            whole += self._read(offset + len(whole), min(nbd.MAX_READ, length - len(whole)))
        return whole

    def _read(self, offset: int, length: int) -> bytearray:
        with self._pool.connection() as connection:
            return connection.read(offset, length)

    def close(self) -> None:
        """Close the connections; reading again opens new ones."""
        self._pool.close()


def _joined(extents: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same extents with those that touch made one."""
    start = end = -1
    for offset, length in extents:
        if offset == end:
            end += length
            continue
        if end > start:
            yield start, end - start
        start, end = offset, offset + length
    if end > start:
        yield start, end - start
