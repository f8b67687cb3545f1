"""Snapshots: the durable content of a volume at one instant, in the region's block store.

    pending ──► completed ──► deleting ──► (row gone)
       └──────► error ───────►─┘

`completed` implies a durable manifest (invariant 2 of docs/store.md), named by the snapshot's id.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from amiable.model.base import AccountId, Base, Id, Region, one_of

SNAPSHOT_STATES = ("pending", "completed", "error", "deleting")


class Snapshot(Base):
    """A snapshot. `volume_size` in GiB; `progress` in per cent; `stored_bytes` is what it added."""

    __tablename__ = "snapshot"
    __table_args__ = (
        one_of("state", SNAPSHOT_STATES),
        CheckConstraint("state <> 'completed' OR manifest_digest IS NOT NULL", name="manifest"),
        Index("ix_snapshot_region_account_id", "region", "account_id"),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    volume_id: Mapped[str | None] = mapped_column(String(40), index=True)
    volume_size: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="pending")
    state_message: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[int] = mapped_column(default=0)
    description: Mapped[str | None] = mapped_column(String(255))
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    manifest_digest: Mapped[str | None] = mapped_column(String(64))
    parent_id: Mapped[str | None] = mapped_column(String(40))
    consistency: Mapped[str | None] = mapped_column(String(16))
    bytes_read: Mapped[int | None] = mapped_column(BigInteger)
    stored_bytes: Mapped[int | None] = mapped_column(BigInteger)
