"""Volumes and their attachments.

    creating ──► available ◄──► in-use        available | error ──► deleting ──► (row gone)
        └──────► error

    (no attachment) ──► attaching ──► attached ──► detaching ──► (no attachment)

`in-use` and an attachment come and go in one transaction. A machine starts with its `attached` volumes only.
A volume is a qcow2 overlay on the cached base image of `snapshot_id`, or stands alone when blank.
`latest_snapshot_id` is the last point in time: its file has a dirty bitmap of that name, so that the next
snapshot reads only what changed since (docs/machine.md, Points in time).
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.model.base import AccountId, Base, Id, Region, one_of

VOLUME_STATES = ("creating", "available", "in-use", "deleting", "error")


class Volume(Base):
    """A volume. `size` in GiB; `host` is where its file lies."""

    __tablename__ = "volume"
    __table_args__ = (
        one_of("state", VOLUME_STATES),
        Index("ix_volume_region_account_id", "region", "account_id"),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    availability_zone: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    volume_type: Mapped[str] = mapped_column(String(16), default="gp3")
    iops: Mapped[int | None]
    throughput: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16), default="creating")
    snapshot_id: Mapped[str | None] = mapped_column(String(40), index=True)
    host: Mapped[str | None] = mapped_column(String(64))
    latest_snapshot_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]

    attachment: Mapped["Attachment | None"] = relationship(
        back_populates="volume", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def subject(self) -> str:
        """Whose stories a story that touches this volume's file must stand in line with."""
        return self.attachment.instance_id if self.attachment else self.id


class Attachment(Base):
    """A volume on an instance, under a device name such as /dev/sda1. One instance at a time."""

    __tablename__ = "attachment"
    __table_args__ = (
        one_of("state", ("attaching", "attached", "detaching")),
        Index("uq_attachment_instance_id_device", "instance_id", "device", unique=True),
    )

    volume_id: Mapped[str] = mapped_column(ForeignKey("volume.id"), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instance.id"))
    device: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="attaching")
    attached_at: Mapped[datetime]
    delete_on_termination: Mapped[bool]

    volume: Mapped[Volume] = relationship(back_populates="attachment", lazy="joined")


def volumes_standing_on(session: Session) -> set[str]:
    """The snapshots that a volume's file stands on: their base images must stay in the cache."""
    return {
        snapshot
        for snapshot in session.scalars(select(Volume.snapshot_id).where(Volume.snapshot_id.is_not(None)))
        if snapshot
    }
