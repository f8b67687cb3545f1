"""Snapshots with real blocks, and blocks as EBS direct's requests carry them."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.ingest import ingest
from tests.helpers.api import Api
from tests.helpers.images import add_snapshot

GIB = 1024**3


class Sparse:
    """A source: a disk of 1 GiB of which some blocks have content."""

    size = GIB

    def __init__(self, blocks: Mapping[int, bytes]) -> None:
        self._blocks = blocks

    def extents(self) -> Iterable[tuple[int, int]]:
        return [(index * BLOCK_SIZE, BLOCK_SIZE) for index in sorted(self._blocks)]

    def read(self, offset: int, length: int) -> bytes:
        first = offset // BLOCK_SIZE
        return b"".join(
            whole(self._blocks.get(index, b"")) for index in range(first, first + length // BLOCK_SIZE)
        )


def whole(start: bytes) -> bytes:
    """A block that begins so."""
    return start.ljust(BLOCK_SIZE, b"\0")


def add_stored(api: Api, blocks: Mapping[int, bytes], **columns: Any) -> str:
    """A completed snapshot of 1 GiB whose blocks begin so; its id."""
    snapshot = add_snapshot(api, size=1, **columns)
    stored = ingest(api.stores[api.region], Sparse(blocks), name=snapshot.id)
    with api.database.write() as session:
        session.merge(snapshot).manifest_digest = stored.digest
    return snapshot.id


def checksum(data: bytes) -> str:
    """Base64 SHA-256."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def block_of(start: bytes) -> dict[str, Any]:
    """The members of PutSnapshotBlock that a block's content makes."""
    data = whole(start)
    return {
        "BlockData": data,
        "DataLength": len(data),
        "Checksum": checksum(data),
        "ChecksumAlgorithm": "SHA256",
    }
