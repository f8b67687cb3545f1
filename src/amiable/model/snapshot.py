"""Snapshots: the durable content of a volume at one instant, in the region's block store.

    pending ──► completed ──► deleting ──► (row gone)
       │            └─► recoverable ─►─┘   (in the recycle bin; restored, it is completed again)
       └──────► error ───────────────►─┘

`completed` implies a durable manifest (invariant 2 of docs/store.md), named by the snapshot's id.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amiable.model.base import AccountId, Base, Id, Region, one_of

SNAPSHOT_STATES = ("pending", "completed", "error", "recoverable", "deleting")
GONE_STATES = ("recoverable", "deleting")
"""States in which a snapshot does not exist for anybody, but in the recycle bin."""
EVERYONE = "all"
LOCK_MODES = ("governance", "compliance")


class Snapshot(Base):
    """A snapshot. `volume_size` in GiB; `progress` in per cent; `stored_bytes` is what it added.

    `writable_until`: blocks may be put through EBS direct until then (only while `pending`). A lock holds
    while `locked_until` lies ahead; until `cooloff_until` a compliance lock may still be taken off.
    """

    __tablename__ = "snapshot"
    __table_args__ = (
        one_of("state", SNAPSHOT_STATES),
        one_of("lock_mode", LOCK_MODES),
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
    writable_until: Mapped[datetime | None]
    recycled_at: Mapped[datetime | None]
    recycled_until: Mapped[datetime | None]
    lock_mode: Mapped[str | None] = mapped_column(String(16))
    lock_days: Mapped[int | None]
    locked_at: Mapped[datetime | None]
    lock_started_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    cooloff_hours: Mapped[int | None]
    cooloff_until: Mapped[datetime | None]

    permissions: Mapped[list["SnapshotPermission"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )


class SnapshotPermission(Base):
    """Who may make volumes of a snapshot and copy it: an account id, or `all`."""

    __tablename__ = "snapshot_permission"

    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"), primary_key=True)
    grantee: Mapped[str] = mapped_column(String(12), primary_key=True, index=True)


def readable_by(account_id: str) -> ColumnElement[bool]:
    """The snapshots whose content an account may use: its own, and those shared with it or with all."""
    shared = select(SnapshotPermission.snapshot_id).where(
        SnapshotPermission.grantee.in_((account_id, EVERYONE))
    )
    return or_(Snapshot.account_id == account_id, Snapshot.id.in_(shared))
