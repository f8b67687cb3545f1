"""Collection: chunks that no manifest names, and manifests that no row names, go. See docs/store.md for why.

    plan     read leases, generations, manifests, chunks; say what could go
    execute  break lapsed leases → delete orphaned manifests → condemn → list leases again →
             read manifests again → delete the keys of ripe generations → done → forget old generations

Runs beside ingests and beside other collectors. The order of the last steps is the protocol; `plan` is
only advice about what to condemn, so a plan that has grown old is still safe to execute.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from amiable.blocks import condemned, lease
from amiable.blocks.condemned import Generation
from amiable.blocks.layout import CHUNKS, COPIES, MANIFESTS, Entry, chunk_key, chunk_of, copies_prefix
from amiable.blocks.manifest import load
from amiable.blocks.store import PruneStore
from amiable.core import clock
from amiable.core.errors import NotFound, Unavailable
from amiable.core.log import logger

QUARANTINE = timedelta(hours=24)  # how long keys of a done generation are not used again
ORPHAN_AGE = timedelta(hours=1)  # `live` must be younger than this; an orphaned manifest must be older
DECISION_SECONDS = 3600.0  # how long after reading the manifests deletions may still be sent
UNFINISHED_AGE = timedelta(days=1)  # a temporary file this old has no writer any more
MOST_CONDEMNED = 500_000  # keys in one run (250 GB of blocks); the next run takes the rest
_BATCH = 1000

log = logger(__name__)


@dataclass(frozen=True)
class Stats:
    """What a plan found. Bytes are as stored."""

    chunks: int
    bytes: int
    dead_chunks: int
    dead_bytes: int
    orphaned_manifests: int
    lapsed_leases: int
    open_leases: int  # ingests in progress: what they may not have seen waits for them


@dataclass(frozen=True)
class Collected:
    """What an execution did. Chunks that wait for an ingest in progress go in a later run."""

    chunks: int
    bytes: int
    manifests: int
    chunks_waiting: int


@dataclass(frozen=True)
class Plan:
    """What could go. `now` is the instant by which leases and ages are judged."""

    store: PruneStore
    now: datetime
    chunks: int
    bytes: int
    dead: tuple[Entry, ...]
    fresh: tuple[str, ...]  # the keys of `dead` that no generation lists yet
    orphans: tuple[str, ...]  # names of manifests
    lapsed: tuple[str, ...]  # tokens of leases
    open_leases: int

    def stats(self) -> Stats:
        """The plan in numbers."""
        return Stats(
            self.chunks,
            self.bytes,
            len(self.dead),
            sum(entry.size for entry in self.dead),
            len(self.orphans),
            len(self.lapsed),
            self.open_leases,
        )

    def execute(self) -> Collected:
        """Do it. Raises Corrupt if a manifest cannot be read (then nothing that it may name is deleted)."""
        store = self.store
        for held in lease.read_leases(store):
            if held.token in self.lapsed and held.lapsed(self.now.timestamp()):
                log.warning("breaking the lease of %s: its ingest has been silent for too long", held.name)
                lease.break_lease(store, held.token)
        lease.drop_stray_beats(store)
        for name in self.orphans:
            log.info("deleting manifest %s: no snapshot has that name", name)
        store.delete_many([MANIFESTS + name for name in self.orphans])
        store.settle()
        condemned.condemn(store, self.fresh[:MOST_CONDEMNED])
        gone, waiting = _take_ripe(store, self.now)
        condemned.forget(store, self.now - QUARANTINE)
        store.sweep(self.now - UNFINISHED_AGE)
        sizes = {entry.key: entry.size for entry in self.dead}
        return Collected(len(gone), sum(sizes.get(key, 0) for key in gone), len(self.orphans), waiting)


def plan(store: PruneStore, live: Iterable[str], now: datetime | None = None) -> Plan:
    """What could be collected. Changes nothing.

    `live`: the names of all snapshots that have a row in any state but deleted, pending ones included, read
    less than ORPHAN_AGE ago. `now`: default the clock's. Raises Corrupt for a manifest that cannot be read.
    """
    now = now or clock.now()
    leases = lease.read_leases(store)
    lapsed = tuple(held.token for held in leases if held.lapsed(now.timestamp()))
    busy = {held.name for held in leases if held.token not in lapsed}
    # What is younger than an ingest in progress may be its own; its children would distrust it if condemned.
    oldest = min((held.opened for held in leases if held.token not in lapsed), default=None)
    alive = {MANIFESTS + name for name in live} | {MANIFESTS + name for name in busy}
    manifests = list(store.list(MANIFESTS))
    orphans = {m.key for m in manifests if m.key not in alive and m.modified + ORPHAN_AGE < now}
    named = _named(store, (m.key for m in manifests if m.key not in orphans))
    listed = _listed(condemned.read_generations(store))
    chunks, size, dead = 0, 0, []
    for folder in (CHUNKS, COPIES):
        for entry in store.list(folder):
            chunks, size = chunks + 1, size + entry.size
            if (oldest is None or entry.modified < oldest) and _is_dead(store, entry.key, named, listed):
                dead.append(entry)
    return Plan(
        store=store,
        now=now,
        chunks=chunks,
        bytes=size,
        dead=tuple(dead),
        fresh=tuple(entry.key for entry in dead if entry.key not in listed),
        orphans=tuple(sorted(key.removeprefix(MANIFESTS) for key in orphans)),
        lapsed=lapsed,
        open_leases=len(leases) - len(lapsed),
    )


def _take_ripe(store: PruneStore, now: datetime) -> tuple[list[str], int]:
    """Delete what ripe generations list and no manifest names; the keys, and how many dead ones wait.

    The order is the protocol: generations, then leases, then manifests.
    """
    decided = clock.monotonic()
    generations = list(condemned.read_generations(store))
    pending = [generation for generation in generations if generation.done is None]
    leases = lease.read_leases(store)
    ripe = [g for g in pending if all(g.token in held.seen for held in leases)]
    waiting = sum(len(generation.keys) for generation in pending if generation not in ripe)
    if not ripe:
        return [], waiting
    named = _named(store, (entry.key for entry in store.list(MANIFESTS)))
    listed = _listed(generations)
    deleted = []
    for generation in ripe:
        keys = [key for key in generation.keys if _is_dead(store, key, named, listed)]
        for first in range(0, len(keys), _BATCH):
            if clock.monotonic() - decided > DECISION_SECONDS:
                raise Unavailable("Collection took too long since it read the manifests; run it again.")
            store.delete_many(keys[first : first + _BATCH])
        store.settle()
        condemned.mark_done(store, generation, now)
        deleted += keys
    return deleted, waiting


def _named(store: PruneStore, keys: Iterable[str]) -> set[bytes]:
    """The ids of all chunks that these manifests name."""
    named: set[bytes] = set()
    for key in keys:
        try:
            named.update(load(store, key.removeprefix(MANIFESTS)).ids())
        except NotFound:
            continue  # deleted since it was listed
    return named


def _listed(generations: Iterable[Generation]) -> set[str]:
    return {key for generation in generations for key in generation.keys}


def _is_dead(store: PruneStore, key: str, named: set[bytes], listed: set[str]) -> bool:
    """Whether nothing needs the object under a key: its chunk is not named, or it is a surplus copy.

    A copy is surplus if the chunk also lies under a key before it (chunks/… first, then copies in order) that
    no generation lists; so one object always stays.
    """
    chunk = chunk_of(key)
    if chunk is None:
        return False  # not ours
    if chunk not in named:
        return True
    if key.startswith(CHUNKS):
        return False
    before = [entry.key for entry in store.list(copies_prefix(chunk)) if entry.key < key]
    first = chunk_key(chunk)
    return any(other not in listed for other in before) or (first not in listed and store.exists(first))
