"""The end that create-image and import share: the image is available, or all of it failed.

One transaction: an image is `available` only together with its completed snapshots, whose manifests are
durable by then (invariants 1 and 2 of docs/store.md). An image that was deregistered meanwhile is not
brought back: its snapshots go.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from amiable.blocks.ingest import Ingested
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot, begin_delete, complete

FAILED = "Server.InternalError"


def stored(session: Session, snapshot_id: str, ingested: Ingested, **facts: object) -> None:
    """Note what an ingest did; the snapshot stays `pending` until its image is published."""
    snapshot = session.get_one(Snapshot, snapshot_id)
    snapshot.manifest_digest = ingested.digest
    snapshot.bytes_read = ingested.bytes_read
    snapshot.stored_bytes = ingested.bytes_stored
    snapshot.progress = 99
    for name, value in facts.items():
        setattr(snapshot, name, value)


def publish(session: Session, image_id: str, snapshot_ids: Iterable[str]) -> bool:
    """Complete the snapshots and make the image available; False when it was deregistered meanwhile.

    A step may run twice: an image that is available already is left as it is.
    """
    image = session.get_one(Image, image_id)
    if image.state == "deregistered":
        remove(session, snapshot_ids)
        return False
    if image.state == "pending":
        complete(session, snapshot_ids)
        image.state = "available"
    return True


def withdraw(session: Session, image_id: str, snapshot_ids: Iterable[str], reason: str) -> None:
    """The image failed: say why, on the image and its snapshots. Twice is as once."""
    image = session.get_one(Image, image_id)
    if image.state == "deregistered":
        remove(session, snapshot_ids)
    if image.state != "pending":
        return
    image.state = "failed"
    image.state_reason_code = FAILED
    image.state_reason_message = reason
    for snapshot_id in snapshot_ids:
        snapshot = session.get_one(Snapshot, snapshot_id)
        snapshot.state, snapshot.state_message = "error", reason


def remove(session: Session, snapshot_ids: Iterable[str]) -> None:
    """The snapshots of an image that nobody wants any more; those that are going already are let be."""
    for snapshot_id in snapshot_ids:
        snapshot = session.get(Snapshot, snapshot_id)
        if snapshot is not None and snapshot.state == "pending":
            begin_delete(session, snapshot)
