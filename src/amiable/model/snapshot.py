"""Snapshots: the durable content of a volume at one instant, in the region's block store.

    pending ──► completed ──► deleting ──► (row gone)
       │            └─► recoverable ─►─┘   (in the recycle bin; restored, it is completed again)
       └──────► error ───────────────►─┘

`completed` implies a durable manifest (invariant 2 of docs/store.md), named by the snapshot's id. A lock
(model/snapshot_lock.py) keeps a snapshot from being deleted. Clients may put blocks into a pending one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    and_,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.core import clock
from amiable.model.account_setting import AccountSetting
from amiable.model.base import AccountId, Base, Id, Region, one_of
from amiable.model.flow import enqueue
from amiable.model.tag import drop_tags

SNAPSHOT_STATES = ("pending", "completed", "error", "recoverable", "deleting")
GONE_STATES = ("recoverable", "deleting")
"""States in which a snapshot does not exist for anybody, but in the recycle bin."""
EVERYONE = "all"
LOCK_MODES = ("governance", "compliance")
PUBLIC_ACCESS = "snapshot-block-public-access"
"""An account's choice in a region whether its snapshots may be public."""
HIDING = "block-all-sharing"
"""The choice that hides even what is public already."""


class Snapshot(Base):
    """A snapshot. `volume_size` in GiB; `progress` in per cent; `stored_bytes` is what it added.

    Clients put the blocks of a snapshot with `writable_minutes`: until `writable_until`, which every block
    moves on by so many minutes; NULL once it is sealed. A lock holds while `locked_until` lies ahead; until
    `cooloff_until` a compliance lock may still be taken off.
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
    parent_id: Mapped[str | None] = mapped_column(String(40), index=True)
    consistency: Mapped[str | None] = mapped_column(String(16))
    bytes_read: Mapped[int | None] = mapped_column(BigInteger)
    stored_bytes: Mapped[int | None] = mapped_column(BigInteger)
    writable_minutes: Mapped[int | None]
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
    """The snapshots whose content an account may use: its own, and those shared with it or with all.

    What is shared with all is hidden while its owner blocks all public sharing.
    """
    hidden = exists(
        select(AccountSetting.name).where(
            AccountSetting.account_id == Snapshot.account_id,
            AccountSetting.region == Snapshot.region,
            AccountSetting.name == PUBLIC_ACCESS,
            AccountSetting.value["state"].as_string() == HIDING,
        )
    )
    return or_(
        Snapshot.account_id == account_id,
        granted_to(account_id),
        and_(granted_to(EVERYONE), ~hidden),
    )


def granted_to(grantee: str) -> ColumnElement[bool]:
    """The snapshots that are shared with this grantee by name."""
    return Snapshot.id.in_(
        select(SnapshotPermission.snapshot_id).where(SnapshotPermission.grantee == grantee)
    )


def complete(session: Session, snapshot_ids: Iterable[str]) -> None:
    """Pending snapshots whose manifests are durable become completed, and the time of their locks begins."""
    now = clock.now()
    for snapshot_id in snapshot_ids:
        snapshot = session.get_one(Snapshot, snapshot_id)
        if snapshot.state != "pending":
            continue
        snapshot.state, snapshot.progress, snapshot.completed_at = "completed", 100, now
        if snapshot.lock_days is not None and snapshot.lock_started_at is None:
            snapshot.lock_started_at = now
            snapshot.locked_until = snapshot.locked_until or now + timedelta(days=snapshot.lock_days)


def fail(session: Session, snapshot_ids: Iterable[str], reason: str) -> None:
    """Pending snapshots that will never be whole end in `error`, and say why."""
    for snapshot_id in snapshot_ids:
        snapshot = session.get(Snapshot, snapshot_id)
        if snapshot is not None and snapshot.state == "pending":
            snapshot.state, snapshot.state_message = "error", reason


def begin_delete(session: Session, snapshot: Snapshot) -> None:
    """Mark a snapshot as going and enqueue the story that removes it."""
    snapshot.state = "deleting"
    drop_tags(session, snapshot.id)
    enqueue(session, "delete-snapshot", snapshot.id)


class WrittenBlock(Base):
    """A block that a client put into a pending snapshot, staged in the store until the snapshot is completed.

    `chunk`: hex id of its content; `checksum`: hex SHA-256, which completing adds up.
    """

    __tablename__ = "written_block"

    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"), primary_key=True)
    block_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chunk: Mapped[str] = mapped_column(String(64))
    checksum: Mapped[str] = mapped_column(String(64))
