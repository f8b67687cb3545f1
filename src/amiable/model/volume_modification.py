"""Modifications of volumes: one that is under way, or the last one of a volume.

    modifying ──► optimizing ──► completed
        └───────► failed

The guest sees the new size from `optimizing` on.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from amiable.model.base import Base, one_of

MODIFICATION_STATES = ("modifying", "optimizing", "completed", "failed")


class VolumeModification(Base):
    """The latest modification of a volume. Sizes in GiB, progress in per cent."""

    __tablename__ = "volume_modification"
    __table_args__ = (one_of("state", MODIFICATION_STATES),)

    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="modifying")
    message: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[int] = mapped_column(default=0)
    original_size: Mapped[int]
    target_size: Mapped[int]
    original_type: Mapped[str] = mapped_column(String(16))
    target_type: Mapped[str] = mapped_column(String(16))
    original_iops: Mapped[int | None]
    target_iops: Mapped[int | None]
    original_throughput: Mapped[int | None]
    target_throughput: Mapped[int | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
