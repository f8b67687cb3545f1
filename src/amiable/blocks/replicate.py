"""Replicate: a snapshot from one store into another; only what the target lacks travels.

    lease in the source → its manifest → lease in the target → generations
          → look · fetch · check · put → settle → manifest → settle → still held? → close both

To the target this is an ingest, to the source a reader that keeps collection away (docs/store.md, Replicate).
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from amiable.blocks.chunk import BLOCK_SIZE, fetch_stored
from amiable.blocks.condemned import Doubtful, doubtful
from amiable.blocks.ingest import Ingested, commit
from amiable.blocks.layout import check_name, chunk_key, copy_key
from amiable.blocks.lease import Lease, hold
from amiable.blocks.manifest import Manifest, load
from amiable.blocks.pipeline import Progress
from amiable.blocks.store import ReadStore, WriteStore
from amiable.core.errors import Conflict, NotFound

_ROWS = 8  # chunks that one task looks for, fetches and puts


def replicate(
    source: WriteStore,
    snapshot: str,
    digest: str,
    target: WriteStore,
    *,
    name: str,
    progress: Progress | None = None,
    threads: int = 0,
) -> Ingested:
    """Store `snapshot` of the source as snapshot `name` of the target; return once it is durable there.

    `digest` is what the snapshot's row says its manifest must have. The stores may be the same one. See
    `receive` for the rest; also raises NotFound if the snapshot was deleted from the source meanwhile.
    """
    with hold(source, snapshot) as lease:
        manifest = load(source, snapshot, digest)
        return receive(
            source,
            manifest,
            target,
            name=name,
            progress=progress,
            threads=threads,
            beat=lease.beat_if_due,
        )


def receive(
    source: ReadStore,
    manifest: Manifest,
    target: WriteStore,
    *,
    name: str,
    progress: Progress | None = None,
    threads: int = 0,
    beat: Callable[[], None] = lambda: None,
) -> Ingested:
    """Store the disk of `manifest`, whose chunks `source` has, as snapshot `name` of the target.

    In what is returned, `bytes_read` are the stored bytes that travelled, `bytes_stored` those of them that
    were new. Idempotent by name. `progress(bytes dealt with, bytes)` counts whole blocks; it and `beat` are
    called from this thread, often. `threads` 0: as many as suit the slower store.

    Raises InvalidInput, Conflict (the name holds another disk, or was deleted meanwhile), NotFound or Corrupt
    naming a chunk that the source lacks, DiskFull, Unavailable (also when a collector took this for dead).
    After any of them it may be run again.
    """
    check_name(name)
    with hold(target, name) as lease:
        distrust = doubtful(target)
        lease.saw(distrust.generations)
        _check_other(target, name, manifest)
        chunks = list(dict.fromkeys(manifest.ids()))
        mover = _Mover(source, target, lease, distrust)
        travelled = new = stored = done = 0
        for moved in _each(chunks, mover, threads or max(source.concurrency, target.concurrency)):
            for sent, won in moved:
                travelled += sent
                stored += sent if won else 0
                new += won
            done += len(moved)
            lease.beat_if_due()
            beat()
            if progress is not None:
                progress(done * BLOCK_SIZE, len(chunks) * BLOCK_SIZE)
        whole = commit(target, lease, replace(manifest, name=""), name)
    return Ingested(whole, whole.digest, travelled, stored, new)


def _check_other(target: WriteStore, name: str, manifest: Manifest) -> None:
    """Raises Conflict if the name holds another disk."""
    try:
        there = load(target, name)
    except NotFound:
        return
    if there != manifest:
        raise Conflict(f"Snapshot {name} is in the store already, with other content.")


@dataclass(frozen=True)
class _Mover:
    """Moves some chunks; used by many threads at once."""

    source: ReadStore
    target: WriteStore
    lease: Lease
    distrust: Doubtful

    def __call__(self, chunks: list[bytes]) -> list[tuple[int, bool]]:
        """(stored bytes that travelled, whether they were new to the target) of each chunk."""
        wanted = {chunk: key for chunk in chunks if (key := self._wanted_key(chunk)) is not None}
        bodies = [(key, fetch_stored(self.source, chunk)) for chunk, key in wanted.items()]
        created = self.target.create_many(bodies) if bodies else []
        moved = {
            chunk: (len(body), won) for chunk, (_, body), won in zip(wanted, bodies, created, strict=True)
        }
        return [moved.get(chunk, (0, False)) for chunk in chunks]

    def _wanted_key(self, chunk: bytes) -> str | None:
        """Where the chunk must be put; None if it is there and to be relied on."""
        if chunk in self.distrust.first:
            return copy_key(chunk, self.lease.token)
        key = chunk_key(chunk)
        return None if self.target.exists(key) else key


def _each(chunks: list[bytes], mover: _Mover, threads: int) -> Iterator[list[tuple[int, bool]]]:
    """What became of the chunks, in their order, a bounded number under way at once."""
    waiting: deque[Future[list[tuple[int, bool]]]] = deque()
    pool = ThreadPoolExecutor(threads, "replicate")
    try:
        for first in range(0, len(chunks), _ROWS):
            waiting.append(pool.submit(mover, chunks[first : first + _ROWS]))
            while len(waiting) > threads + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
