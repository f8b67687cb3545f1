"""Uploads: blocks that a client puts one by one, in any order, before they are a snapshot. See docs/store.md.

    stage (each put, durable) ──► Staged, a source ──► ingest under a lease ──► discard

A staged block is no chunk: no collector looks at it, and no lease has to be held for the minutes or days that
a client takes. It lies under its content's id, so putting a block twice, or over another, needs no order.
"""

from collections.abc import Iterable, Mapping

from amiable.blocks.chunk import BLOCK_SIZE, ZERO_ID, chunk_id, decode, encode
from amiable.blocks.layout import UPLOADS, check_name
from amiable.blocks.manifest import Manifest
from amiable.blocks.reader import Reader
from amiable.blocks.store import PruneStore, ReadStore, WriteStore


def _folder(name: str) -> str:
    check_name(name)
    return f"{UPLOADS}{name}/"


def stage(store: WriteStore, name: str, plain: bytes) -> bytes:
    """Keep one block for the snapshot `name`, durable when this returns; its chunk id.

    Raises InvalidInput, DiskFull, Unavailable.
    """
    chunk = chunk_id(plain)
    if chunk != ZERO_ID:
        store.create(_folder(name) + chunk.hex(), encode(plain))
        store.settle()
    return chunk


def discard(store: PruneStore, name: str) -> None:
    """Remove all that was staged for a snapshot; nothing is fine."""
    store.delete_many([entry.key for entry in store.list(_folder(name))])
    store.settle()


class Staged:
    """What was staged for a snapshot, over its parent: the source that ingest reads."""

    def __init__(
        self, store: ReadStore, name: str, size: int, blocks: Mapping[int, bytes], parent: Manifest | None
    ) -> None:
        """`size` in bytes, whole blocks; `blocks` from index to chunk id."""
        self.size = size
        self._store = store
        self._folder = _folder(name)
        self._blocks = blocks
        self._parent = Reader(store, parent) if parent is not None else None

    def extents(self) -> Iterable[tuple[int, int]]:
        """The staged blocks."""
        return ((index * BLOCK_SIZE, BLOCK_SIZE) for index in sorted(self._blocks))

    def read(self, offset: int, length: int) -> bytes:
        """Whole blocks. Raises NotFound, Corrupt, Unavailable."""
        first = offset // BLOCK_SIZE
        return b"".join(self._block(index) for index in range(first, first + length // BLOCK_SIZE))

    def _block(self, index: int) -> bytes:
        chunk = self._blocks.get(index)
        if chunk == ZERO_ID:
            return bytes(BLOCK_SIZE)
        if chunk is not None:
            return decode(self._store.get(self._folder + chunk.hex()), chunk)
        below = self._parent.read_at(index * BLOCK_SIZE, BLOCK_SIZE) if self._parent is not None else b""
        return below.ljust(BLOCK_SIZE, b"\0")
