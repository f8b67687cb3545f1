"""What a backend must do, as narrow roles, and the way to open one.

    ReadStore ⊂ WriteStore ⊂ PruneStore

A store maps keys (`layout`) to bytes. Reads and listings see every finished write at once. `create` has
exactly one winner. Nothing is promised to survive a power cut before `settle` has returned.

Every backend raises: NotFound for a missing object, DiskFull, Unavailable when it cannot be reached,
MissingPrerequisite when it refuses our credentials or its bucket is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from amiable.blocks.layout import Entry
from amiable.blocks.local import LocalStore
from amiable.blocks.objects import ObjectStore, memory_store, s3_store
from amiable.core.errors import InvalidInput


class ReadStore(Protocol):
    """Read only."""

    @property
    def concurrency(self) -> int:
        """How many threads at once make it fastest."""

    def get(self, key: str) -> bytes:
        """The object's bytes. Raises NotFound."""

    def exists(self, key: str) -> bool:
        """Whether the object is there."""

    def list(self, folder: str) -> Iterator[Entry]:
        """Every object below a folder (`chunks/`, `copies/<id>/`), at any depth, in no order."""


class WriteStore(ReadStore, Protocol):
    """Add objects, and take back single ones."""

    def create(self, key: str, data: bytes) -> bool:
        """Put if absent, atomically. False: it was there already and is unchanged."""

    def create_many(self, items: Sequence[tuple[str, bytes]]) -> Sequence[bool]:
        """`create` of several, in one go where that is faster; a failure may leave some of them done."""

    def replace(self, key: str, data: bytes) -> None:
        """Put, atomically, whatever was there."""

    def delete(self, key: str) -> None:
        """Remove one object; missing is fine."""

    def settle(self) -> None:
        """Return when all that this handle created, found or deleted would survive a power cut."""


class PruneStore(WriteStore, Protocol):
    """Remove in bulk."""

    def delete_many(self, keys: Sequence[str]) -> None:
        """Remove objects; missing ones are fine."""

    def sweep(self, before: datetime) -> int:
        """Remove what writers that died before then left unfinished; how many."""


def open_store(url: str, options: Mapping[str, str] | None = None) -> PruneStore:
    """Open `file:///folder`, `s3://bucket/prefix` or `memory://` (fresh and empty).

    `options` (S3 only): see `objects.s3_store`. Raises InvalidInput for an unknown scheme or option.
    """
    parts = urlsplit(url)
    options = options or {}
    if parts.scheme == "s3" and parts.netloc:
        return s3_store(parts.netloc, unquote(parts.path).strip("/"), options)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return LocalStore(Path(unquote(parts.path)))
    if parts.scheme == "memory":
        return memory_store()
    raise InvalidInput(f"Block store {url!r}: expected file:///folder, s3://bucket/prefix or memory://.")


__all__ = ["LocalStore", "ObjectStore", "PruneStore", "ReadStore", "WriteStore", "open_store"]
