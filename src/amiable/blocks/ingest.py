"""Ingest: a disk's blocks into the store, then its manifest. Collectors may run beside it.

    lease → generations → read · hash · look · compress · put → settle → manifest → settle
          → still held? → close

The lease before the generations, and the manifest before the last look at the lease: that order is the
collection protocol (docs/store.md).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from amiable.blocks.condemned import Doubtful, doubtful
from amiable.blocks.layout import check_name, chunk_key, manifest_key
from amiable.blocks.lease import Lease, hold
from amiable.blocks.manifest import Manifest, check_size, id_list, load, overlay
from amiable.blocks.pipeline import Progress, Putter, read_and_put
from amiable.blocks.source import Source, raw_file_source, runs
from amiable.blocks.store import WriteStore
from amiable.core.errors import Conflict, NotFound, Unavailable

__all__ = ["Ingested", "Progress", "Source", "ingest", "raw_file_source"]


@dataclass(frozen=True)
class Ingested:
    """What an ingest did. Bytes; `bytes_stored` are compressed bytes that were new to the store."""

    manifest: Manifest
    digest: str
    bytes_read: int
    bytes_stored: int
    chunks_new: int


def ingest(
    store: WriteStore,
    source: Source,
    *,
    name: str,
    parent: Manifest | None = None,
    progress: Progress | None = None,
    threads: int = 0,
) -> Ingested:
    """Store a disk as the snapshot `name`; return once it is durable.

    `parent` gives the blocks that no extent touches (without it they are zero); the volume may be larger than
    the parent's. Idempotent by name: a manifest that is there already is made whole and returned.
    `progress(position, size)`, in bytes of the volume, is called from this thread. `threads` 0: as many as
    suit the store.

    Raises InvalidInput, Conflict (the name holds another disk, or was deleted meanwhile), Corrupt (the
    source came up short, or the existing manifest is damaged), DiskFull, Unavailable (also when a collector
    took this ingest for dead). After any of them it may be run again.
    """
    check_name(name)
    check_size(parent, source.size)
    base: Manifest | None
    with hold(store, name) as lease:
        distrust = doubtful(store)
        lease.saw(distrust.generations)
        existing = _existing(store, name, source.size)
        if existing is not None:
            base, trusted = existing, None
            wanted = runs((), source.size, _missing(store, existing, distrust, lease))
        else:
            base, trusted = parent, _guarded(store, parent)
            wanted = runs(source.extents(), source.size, _uncertain(parent, trusted, distrust))
        put = Putter(store, lease, distrust, trusted)
        read = read_and_put(source, wanted, put, threads or store.concurrency, progress)
        manifest = overlay(base, source.size, read.indexes, read.chunk_ids)
        if existing is not None and manifest != existing:
            raise Conflict(f"Snapshot {name} is in the store already, with other content.")
        manifest = commit(store, lease, manifest, name)
    return Ingested(manifest, manifest.digest, read.bytes_read, read.bytes_stored, read.chunks_new)


def _existing(store: WriteStore, name: str, size: int) -> Manifest | None:
    """The manifest that an earlier run under this name left."""
    try:
        manifest = load(store, name)
    except NotFound:
        return None
    if manifest.volume_size != size:
        raise Conflict(
            f"Snapshot {name} is in the store already, of {manifest.volume_size} bytes, not {size}."
        )
    return manifest


def _missing(store: WriteStore, manifest: Manifest, distrust: Doubtful, lease: Lease) -> list[int]:
    """The blocks of a manifest whose chunk is not there, or not to be relied on."""

    def sound(chunk: bytes) -> bool:
        return chunk not in distrust.first and store.exists(chunk_key(chunk))

    missing = []
    with ThreadPoolExecutor(store.concurrency, "look") as pool:
        for first in range(0, len(manifest.indexes), 1024):
            rows = slice(first, first + 1024)
            found = pool.map(sound, id_list(manifest.chunk_ids[rows]))
            missing += [
                index for index, ok in zip(manifest.indexes[rows].tolist(), found, strict=True) if not ok
            ]
            lease.beat_if_due()
    return missing


def _guarded(store: WriteStore, parent: Manifest | None) -> Manifest | None:
    """The parent, if its manifest is in the store and so keeps its chunks there."""
    if parent is not None and parent.name and store.exists(manifest_key(parent.name)):
        return parent
    return None


def _uncertain(parent: Manifest | None, trusted: Manifest | None, distrust: Doubtful) -> Iterator[int]:
    """The blocks of the parent that must not be inherited unseen: all of them, if it is not guarded."""
    if parent is None or (trusted is not None and not distrust):
        return
    for index, chunk in zip(parent.indexes.tolist(), id_list(parent.chunk_ids), strict=True):
        if trusted is None or chunk in distrust:
            yield index


def commit(store: WriteStore, lease: Lease, manifest: Manifest, name: str) -> Manifest:
    """Write the manifest once its chunks are durable, and make sure that the lease stood until after."""
    store.settle()
    if not store.create(manifest_key(name), manifest.to_bytes()):
        try:
            same = load(store, name) == manifest
        except NotFound as error:
            raise Conflict(f"Snapshot {name} was deleted while it was being stored.") from error
        if not same:
            raise Conflict(f"Snapshot {name} was stored by someone else meanwhile, with other content.")
    store.settle()
    if not lease.held():
        raise Unavailable(
            f"The ingest of {name} was silent for too long and was taken for dead; run it again."
        )
    return replace(manifest, name=name)
