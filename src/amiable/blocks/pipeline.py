"""The pipeline of an ingest: read here, and in a pool: hash, look whether it is there, compress, put.

Hashing, compressing and file calls release the GIL. A few reads at most wait at once, so memory does not
grow with the volume but for its 36 bytes a block.
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from amiable.blocks.chunk import BLOCK_SIZE, ZERO_ID, chunk_id, encode
from amiable.blocks.condemned import Doubtful
from amiable.blocks.layout import chunk_key, copy_key
from amiable.blocks.lease import Lease
from amiable.blocks.manifest import Ids, Indexes, Manifest
from amiable.blocks.source import Source
from amiable.blocks.store import WriteStore
from amiable.core.errors import Corrupt

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Putter:
    """Puts runs of blocks; used by many threads at once. `parent` only if it is guarded."""

    store: WriteStore
    lease: Lease
    distrust: Doubtful
    parent: Manifest | None

    def __call__(self, first: int, data: memoryview) -> list[tuple[bytes, int]]:
        """Put consecutive blocks, from index `first`: the chunk id of each, and the bytes that it added."""
        blocks = [data[at : at + BLOCK_SIZE] for at in range(0, len(data), BLOCK_SIZE)]
        chunks = [chunk_id(plain) for plain in blocks]
        new: dict[str, tuple[int, bytes]] = {}  # key → position in the run, stored form
        for position, chunk in enumerate(chunks):
            key = self._wanted_key(first + position, chunk)
            if key is not None and key not in new:
                new[key] = position, encode(blocks[position])
        added = [0] * len(blocks)
        created = self.store.create_many([(key, body) for key, (_, body) in new.items()]) if new else []
        for won, (position, body) in zip(created, new.values(), strict=True):
            added[position] = len(body) if won else 0
        return list(zip(chunks, added, strict=True))

    def _wanted_key(self, index: int, chunk: bytes) -> str | None:
        """Where the block's chunk must be put; None if it is zero, or there and to be relied on."""
        if chunk == ZERO_ID:
            return None
        if chunk in self.distrust.first:
            return copy_key(chunk, self.lease.token)
        if self.parent is not None and chunk not in self.distrust and self.parent.chunk_at(index) == chunk:
            return None  # the parent's manifest keeps it in the store
        key = chunk_key(chunk)
        return None if self.store.exists(key) else key


@dataclass
class Taken:
    """What has been read so far, in block order."""

    _indexes: "array[int]" = field(default_factory=lambda: array("I"))
    _ids: bytearray = field(default_factory=bytearray)
    bytes_read: int = 0
    bytes_stored: int = 0
    chunks_new: int = 0

    def add(self, first: int, length: int, blocks: list[tuple[bytes, int]]) -> None:
        """Take over the results of one read."""
        self._indexes.extend(range(first, first + len(blocks)))
        self.bytes_read += length
        for chunk, stored in blocks:
            self._ids += chunk
            self.bytes_stored += stored
            self.chunks_new += stored > 0

    @property
    def indexes(self) -> Indexes:
        """(n,) the blocks read."""
        return np.array(self._indexes, np.uint32)

    @property
    def chunk_ids(self) -> Ids:
        """(n, 32) their chunks, ZERO_ID among them."""
        return np.frombuffer(bytes(self._ids), np.uint8).reshape(-1, 32)


def read_and_put(
    source: Source, wanted: Iterator[tuple[int, int]], put: Putter, threads: int, progress: Progress | None
) -> Taken:
    """Read the wanted runs of blocks here, put them in a pool."""
    result = Taken()
    waiting: deque[tuple[int, int, Future[list[tuple[bytes, int]]]]] = deque()

    def take() -> None:
        first, length, blocks = waiting.popleft()
        result.add(first, length, blocks.result())
        put.lease.beat_if_due()
        if progress is not None:
            progress(min((first + -(-length // BLOCK_SIZE)) * BLOCK_SIZE, source.size), source.size)

    pool = ThreadPoolExecutor(threads, "ingest")
    try:
        for first, end in wanted:
            data, length = _read_blocks(source, first, end)
            put.lease.beat_if_due()
            waiting.append((first, length, pool.submit(put, first, data)))
            while len(waiting) > threads + 1 or (waiting and waiting[0][2].done()):
                take()
        while waiting:
            take()
    finally:
        pool.shutdown(cancel_futures=True)
    if progress is not None:
        progress(source.size, source.size)
    return result


def _read_blocks(source: Source, first: int, end: int) -> tuple[memoryview, int]:
    """Blocks [first, end) of a source, the last one of a volume padded with zeros; and how much was read."""
    offset = first * BLOCK_SIZE
    length = min(end * BLOCK_SIZE, source.size) - offset
    data = memoryview(source.read(offset, length))
    if len(data) != length:
        raise Corrupt("the disk", f"{len(data)} bytes came at offset {offset} instead of {length}")
    if length % BLOCK_SIZE:
        data = memoryview(bytes(data) + bytes(-length % BLOCK_SIZE))
    return data, length
