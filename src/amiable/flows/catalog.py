"""The public catalog in the rows: every entry is an image of the built-in account, public, in every region.

    listed (pending, NOT_IMPORTED) ──► importing (pending, IMPORTING) ──► available
            ▲                                   │                            │ pulled anew
            └────────── failed, says why ───────┘                            ▼
                                               replaced: keeps its id, loses the name, is deprecated

So a client finds ids by DescribeImages before anything was fetched, and a launch may name one: it enqueues
the import, if none is under way, and waits for it (flows/launch.py). The import is of the entry, not of a
region: one disk is fetched or built, and the image becomes available everywhere at once.

An entry with a product is sold: the same, with the product's code and the owner alias `aws-marketplace`.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.compute.catalog import SHIPPED
from amiable.core.settings import Settings
from amiable.model.flow import Flow, enqueue
from amiable.model.image import LIVE_STATES, Image, ImageDevice
from amiable.model.snapshot import Snapshot

KIND = "catalog-import"


def folder_of(settings: Settings) -> Path:
    """Where the catalog files lie."""
    return settings.catalog_dir if settings.catalog_dir != Path() else SHIPPED


def subject_of(name: str) -> str:
    """The subject of an entry's import: one at a time."""
    return f"catalog/{name}"


def current(session: Session, name: str, region: str) -> Image | None:
    """The image that stands for an entry in a region."""
    return session.scalar(
        select(Image)
        .where(Image.catalog_name == name, Image.region == region, Image.state.in_(LIVE_STATES))
        .order_by(Image.created_at.desc())
        .limit(1)
    )


def under_way(session: Session, name: str) -> Flow | None:
    """The import of an entry that has not ended."""
    return session.scalar(
        select(Flow)
        .where(Flow.subject == subject_of(name), Flow.kind == KIND, Flow.outcome.is_(None))
        .limit(1)
    )


def snapshots_of(image: Image) -> list[str]:
    """The snapshots below an image."""
    return [device.snapshot_id for device in image.devices if device.snapshot_id]


def on_snapshots(session: Session, snapshot_ids: Iterable[str]) -> dict[str, Image]:
    """The listed images that stand on these snapshots, by snapshot."""
    rows = session.execute(
        select(ImageDevice.snapshot_id, Image)
        .join(Image, Image.id == ImageDevice.image_id)
        .where(ImageDevice.snapshot_id.in_(list(snapshot_ids)), Image.state == "pending")
    )
    return {str(snapshot_id): image for snapshot_id, image in rows}


def discard_snapshot(session: Session, snapshot_id: str) -> None:
    """Have a snapshot that no image will use removed, with what was stored of it."""
    snapshot = session.get(Snapshot, snapshot_id)
    if snapshot is not None and snapshot.state in ("pending", "error"):
        snapshot.state = "deleting"
        enqueue(session, "delete-snapshot", snapshot_id)
