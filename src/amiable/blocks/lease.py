"""A lease: an ingest in progress, as collectors see it. One half of the collection protocol (docs/store.md).

    leases/<token>.open   made once, deleted once: by its holder (closed) or by a collector (broken)
    leases/<token>.beat   overwritten: when the lease lapses, which generations the holder has seen

Whether the lease stands is whether `.open` exists. Times only decide when a collector may break a silent
one; a holder finds out with `held` *after* its manifest is durable.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from amiable.blocks.layout import LEASES, new_token
from amiable.blocks.store import PruneStore, WriteStore
from amiable.core import clock
from amiable.core.errors import Corrupt, NotFound

LEASE_SECONDS = 900.0  # silence after which a lease has lapsed
SKEW_SECONDS = 300.0  # by how much the clocks of hosts may differ before a live lease is broken


@dataclass
class Lease:
    """The holder's side."""

    store: WriteStore
    name: str
    token: str = field(default_factory=new_token)
    seen: frozenset[str] = frozenset()
    _beaten: float = 0.0

    def open(self) -> None:
        """Make the lease visible. Generations must be read after this returns."""
        self.store.create(f"{LEASES}{self.token}.open", self._content())

    def saw(self, generations: Iterable[str]) -> None:
        """Tell collectors which generations this ingest treats as gone."""
        self.seen = frozenset(generations)
        self.beat()

    def beat(self) -> None:
        """Renew."""
        self._beaten = clock.monotonic()
        self.store.replace(f"{LEASES}{self.token}.beat", self._content())

    def beat_if_due(self) -> None:
        """Renew if a third of the time has passed; cheap enough to call for every piece of work."""
        if clock.monotonic() - self._beaten > LEASE_SECONDS / 3:
            self.beat()

    def held(self) -> bool:
        """Whether no collector has broken the lease."""
        return self.store.exists(f"{LEASES}{self.token}.open")

    def close(self) -> None:
        """Give it up; the heartbeat first, so that one without a lease is always rubbish."""
        self.store.delete(f"{LEASES}{self.token}.beat")
        self.store.delete(f"{LEASES}{self.token}.open")

    def _content(self) -> bytes:
        expires = clock.now().timestamp() + LEASE_SECONDS
        return json.dumps({"name": self.name, "expires": expires, "seen": sorted(self.seen)}).encode()


@contextmanager
def hold(store: WriteStore, name: str) -> Iterator[Lease]:
    """Hold a lease for an ingest of snapshot `name`."""
    lease = Lease(store, name)
    lease.open()
    try:
        yield lease
    finally:
        lease.close()


@dataclass(frozen=True)
class Held:
    """A collector's view of a lease."""

    token: str
    name: str
    opened: datetime  # by the store's clock
    expires: float  # seconds since the epoch, by its holder's clock
    seen: frozenset[str]

    def lapsed(self, now: float) -> bool:
        """Whether it may be broken."""
        return now > self.expires + SKEW_SECONDS


def read_leases(store: PruneStore) -> list[Held]:
    """Every lease that stands."""
    held = []
    for entry in store.list(LEASES):
        token, _, kind = entry.key.removeprefix(LEASES).rpartition(".")
        if kind == "open" and (lease := _read(store, token, entry.modified)) is not None:
            held.append(lease)
    return held


def _read(store: PruneStore, token: str, opened: datetime) -> Held | None:
    """A lease by its heartbeat, or as it was opened if there is none yet; None if it was closed meanwhile."""
    for kind in ("beat", "open"):
        key = f"{LEASES}{token}.{kind}"
        try:
            said = json.loads(store.get(key))
            seen = frozenset(map(str, said["seen"]))
            return Held(token, str(said["name"]), opened, float(said["expires"]), seen)
        except NotFound:
            continue
        except (ValueError, KeyError, TypeError) as error:
            raise Corrupt(key, "it is not a lease") from error
    return None


def break_lease(store: PruneStore, token: str) -> None:
    """Take a lapsed lease away. From here on its holder cannot succeed."""
    store.delete(f"{LEASES}{token}.open")
    store.delete(f"{LEASES}{token}.beat")


def drop_stray_beats(store: PruneStore) -> None:
    """Delete heartbeats whose lease is gone: their holder was broken and beat once more."""
    beats = [entry.key for entry in store.list(LEASES) if entry.key.endswith(".beat")]
    store.delete_many([key for key in beats if not store.exists(key.removesuffix("beat") + "open")])
