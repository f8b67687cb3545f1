"""Hydrate: a manifest's blocks into a sparse raw file.

    <path>.partial, locked → chunks in parallel, each checked, holes kept → fsync → rename → fsync the folder

A file under its final name is therefore whole, and is taken as finished. A killed hydration leaves only the
partial file, which the next one takes over; a failed one removes it. Of several that want the same path, in
any process, one works and the others wait for it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from amiable.blocks.chunk import BLOCK_SIZE, fetch
from amiable.blocks.files import as_amiable, lock_file, sync_folder, write_all
from amiable.blocks.manifest import Manifest
from amiable.blocks.store import ReadStore

_ROWS = 8  # blocks that one task writes


def hydrate(
    store: ReadStore,
    manifest: Manifest,
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    threads: int = 0,
) -> None:
    """Make the volume at `path`, as a sparse file of its exact size; nothing is done if `path` exists.

    `progress(bytes written, bytes to write)`, from this thread. Raises NotFound or Corrupt naming the chunk,
    DiskFull, Unavailable; then neither `path` nor anything partial is left.
    """
    try:
        with _partial(path) as descriptor:
            if descriptor is None:
                return
            os.ftruncate(descriptor, manifest.volume_size)
            _write_blocks(store, manifest, descriptor, threads or store.concurrency, progress)
            os.fsync(descriptor)
            os.rename(_partial_name(path), path)
        sync_folder(path.parent)
    except OSError as error:
        raise as_amiable(error, f"writing {path}") from error


def _partial_name(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


@contextmanager
def _partial(path: Path) -> Iterator[int | None]:
    """The partial file, empty, ours alone; None if meanwhile somebody else finished `path`."""
    name = _partial_name(path)
    descriptor = lock_file(name)
    try:
        if path.exists():
            name.unlink()
            yield None
            return
        try:
            os.ftruncate(descriptor, 0)
            yield descriptor
        except BaseException:
            name.unlink(missing_ok=True)
            raise
    finally:
        os.close(descriptor)  # releases the lock


def _write_blocks(
    store: ReadStore,
    manifest: Manifest,
    descriptor: int,
    threads: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Fetch and write every block, a bounded number at once."""
    total, written = len(manifest.indexes) * BLOCK_SIZE, 0
    waiting: deque[Future[int]] = deque()
    pool = ThreadPoolExecutor(threads, "hydrate")

    def take() -> None:
        nonlocal written
        written += waiting.popleft().result()
        if progress is not None:
            progress(written, total)

    try:
        for first in range(0, len(manifest.indexes), _ROWS):
            waiting.append(pool.submit(_write_rows, store, manifest, descriptor, first))
            while len(waiting) > 2 * threads:
                take()
        while waiting:
            take()
    finally:
        pool.shutdown(cancel_futures=True)


def _write_rows(store: ReadStore, manifest: Manifest, descriptor: int, first: int) -> int:
    """Write up to _ROWS blocks of the manifest, from row `first`; their bytes, counted as whole blocks."""
    rows = slice(first, first + _ROWS)
    indexes = manifest.indexes[rows].tolist()
    for index, chunk in zip(indexes, manifest.chunk_ids[rows], strict=True):
        offset = index * BLOCK_SIZE
        plain = fetch(store, chunk.tobytes())
        write_all(descriptor, memoryview(plain)[: manifest.volume_size - offset], offset)
    return len(indexes) * BLOCK_SIZE
