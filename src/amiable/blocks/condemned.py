"""Generations: lists of keys that a collector has condemned. The other half of the collection protocol.

    made (.keys) → ripe once every open lease has seen it → done (.done) → forgotten 24 h later

A generation never changes. While it exists, ingests do not rely on the keys that it lists.
"""

import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from amiable.blocks.layout import CHUNKS, CONDEMNED, chunk_of, new_token
from amiable.blocks.store import PruneStore, ReadStore
from amiable.core.errors import Corrupt, NotFound

MOST_KEYS = 100_000  # in one generation, to bound the object (8 MB)


@dataclass(frozen=True)
class Generation:
    """One list. `done` is when its keys were gone, or None."""

    token: str
    keys: tuple[str, ...]
    done: datetime | None


@dataclass(frozen=True)
class Doubtful:
    """What an ingest that starts now must distrust: the chunk ids that generations list.

    `first`: by their first key (chunks/…), which must neither be relied on nor put. `copies`: by another key.
    `chunk in doubtful`: by any, so that the chunk must not be inherited unseen.
    """

    generations: frozenset[str]
    first: Set[bytes]
    copies: Set[bytes]

    def __contains__(self, chunk: bytes) -> bool:
        return chunk in self.first or chunk in self.copies

    def __bool__(self) -> bool:
        return bool(self.first or self.copies)


def condemn(store: PruneStore, keys: Sequence[str]) -> list[Generation]:
    """Make generations of these keys, durable when this returns."""
    made = []
    for first in range(0, len(keys), MOST_KEYS):
        generation = Generation(new_token(), tuple(keys[first : first + MOST_KEYS]), None)
        store.create(f"{CONDEMNED}{generation.token}.keys", json.dumps(generation.keys).encode())
        made.append(generation)
    store.settle()
    return made


def read_generations(store: ReadStore) -> Iterator[Generation]:
    """Every generation that has not been forgotten, one at a time."""
    listed = {entry.key for entry in store.list(CONDEMNED)}
    for key in sorted(listed):
        token, _, kind = key.removeprefix(CONDEMNED).rpartition(".")
        if kind != "keys":
            continue
        try:
            keys = tuple(map(str, json.loads(store.get(key))))
            done = f"{CONDEMNED}{token}.done"
            when = datetime.fromtimestamp(float(store.get(done)), UTC) if done in listed else None
        except NotFound:
            continue  # forgotten since it was listed
        except (ValueError, TypeError) as error:
            raise Corrupt(key, "it is not a list of keys") from error
        yield Generation(token, keys, when)


def doubtful(store: ReadStore) -> Doubtful:
    """What an ingest whose lease is open must distrust."""
    tokens: set[str] = set()
    first: set[bytes] = set()
    copies: set[bytes] = set()
    for generation in read_generations(store):
        tokens.add(generation.token)
        for key in generation.keys:
            if (chunk := chunk_of(key)) is not None:
                (first if key.startswith(CHUNKS) else copies).add(chunk)
    return Doubtful(frozenset(tokens), first, copies)


def mark_done(store: PruneStore, generation: Generation, when: datetime) -> None:
    """Record that the keys are gone."""
    store.create(f"{CONDEMNED}{generation.token}.done", repr(when.timestamp()).encode())


def forget(store: PruneStore, before: datetime) -> None:
    """Delete generations done before then; the keys first, so that a lone .done is always rubbish."""
    old = [past.token for past in read_generations(store) if past.done is not None and past.done < before]
    store.delete_many([f"{CONDEMNED}{token}.keys" for token in old])
    left = {entry.key for entry in store.list(CONDEMNED)}
    done = [
        key for key in sorted(left) if key.endswith(".done") and key.removesuffix("done") + "keys" not in left
    ]
    store.delete_many(done)
