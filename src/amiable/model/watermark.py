"""Watermarks: marks of origin that an image hands on to every image made of it.

A watermark's key is `<account>:<name>`. It is attached to an image once and goes on to what CreateImage
and CopyImage make of it; detaching it from one image leaves the others as they are.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.model.base import Base


class ImageWatermark(Base):
    """One watermark on one image; the source is the image that it was attached to first."""

    __tablename__ = "image_watermark"

    image_id: Mapped[str] = mapped_column(ForeignKey("image.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(160), primary_key=True, index=True)
    source_image_id: Mapped[str] = mapped_column(String(40))
    source_region: Mapped[str] = mapped_column(String(40))
    source_created_at: Mapped[datetime]
    attached_at: Mapped[datetime]


def watermarks_of(session: Session, image_ids: Iterable[str]) -> dict[str, list[ImageWatermark]]:
    """Watermarks by image id, for the images that have any."""
    wanted = list(image_ids)
    found: dict[str, list[ImageWatermark]] = {}
    for start in range(0, len(wanted), 500):
        rows = session.scalars(
            select(ImageWatermark)
            .where(ImageWatermark.image_id.in_(wanted[start : start + 500]))
            .order_by(ImageWatermark.key)
        )
        for row in rows:
            found.setdefault(row.image_id, []).append(row)
    return found


def inherit_watermarks(session: Session, target_id: str, source_id: str) -> None:
    """Give an image the watermarks of the image that it was made of."""
    for row in watermarks_of(session, [source_id]).get(source_id, ()):
        session.merge(
            ImageWatermark(
                image_id=target_id,
                key=row.key,
                source_image_id=row.source_image_id,
                source_region=row.source_region,
                source_created_at=row.source_created_at,
                attached_at=row.attached_at,
            )
        )
