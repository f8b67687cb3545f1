"""Images (AMIs): states, block device mappings, launch permissions, who sees what.

    pending ──► available ──► deregistered
       └──────► failed ─────►─┘

A name belongs to one live image of an account and region. `deregistered` rows stay as tombstones:
instances refer to the image that they came from.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, and_, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.model.base import AccountId, Base, Id, Region, one_of

IMAGE_STATES = ("pending", "available", "failed", "deregistered")
LIVE = "state IN ('pending', 'available')"
EVERYONE = "all"


class Image(Base):
    """An AMI."""

    __tablename__ = "image"
    __table_args__ = (
        one_of("state", IMAGE_STATES),
        one_of("boot_mode", ("legacy-bios", "uefi")),
        one_of("architecture", ("x86_64", "arm64", "i386")),
        Index(
            "uq_image_live_name",
            "region",
            "account_id",
            "name",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
        Index("ix_image_region_id", "region", "id"),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    owner_alias: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    description: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16), default="pending")
    state_reason_code: Mapped[str | None] = mapped_column(String(64))
    state_reason_message: Mapped[str | None] = mapped_column(Text)
    architecture: Mapped[str] = mapped_column(String(8), default="x86_64")
    boot_mode: Mapped[str] = mapped_column(String(16), default="legacy-bios")
    root_device_name: Mapped[str] = mapped_column(String(32), default="/dev/sda1")
    imds_support: Mapped[str | None] = mapped_column(String(8))
    source_instance_id: Mapped[str | None] = mapped_column(String(40))
    source_image_id: Mapped[str | None] = mapped_column(String(40))
    source_image_region: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    deregistered_at: Mapped[datetime | None]

    devices: Mapped[list["ImageDevice"]] = relationship(
        order_by="ImageDevice.position", cascade="all, delete-orphan", lazy="selectin"
    )
    permissions: Mapped[list["LaunchPermission"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def public(self) -> bool:
        """Whether everyone may launch it."""
        return any(permission.grantee == EVERYONE for permission in self.permissions)


class ImageDevice(Base):
    """One entry of an image's block device mapping. Size in GiB.

    With `snapshot_id`: that snapshot's content. Without, but with a size: a blank volume.
    """

    __tablename__ = "image_device"

    image_id: Mapped[str] = mapped_column(ForeignKey("image.id"), primary_key=True)
    device_name: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int]
    snapshot_id: Mapped[str | None] = mapped_column(String(40), index=True)
    volume_size: Mapped[int]
    volume_type: Mapped[str] = mapped_column(String(16), default="gp3")
    iops: Mapped[int | None]
    throughput: Mapped[int | None]
    delete_on_termination: Mapped[bool] = mapped_column(default=True)


class LaunchPermission(Base):
    """An account that may launch an image, or `all`."""

    __tablename__ = "launch_permission"

    image_id: Mapped[str] = mapped_column(ForeignKey("image.id"), primary_key=True)
    grantee: Mapped[str] = mapped_column(String(12), primary_key=True, index=True)


def launchable_by(account_id: str) -> ColumnElement[bool]:
    """The images that an account may launch, by ownership, explicit grant or because they are public."""
    granted = select(LaunchPermission.image_id).where(LaunchPermission.grantee.in_([account_id, EVERYONE]))
    return or_(Image.account_id == account_id, Image.id.in_(granted))


def visible_image(session: Session, image_id: str, account_id: str, region: str) -> Image | None:
    """An image that the account may see, or None; deregistered ones are gone for everybody."""
    return session.scalar(
        select(Image).where(
            and_(
                Image.id == image_id,
                Image.region == region,
                Image.state != "deregistered",
                launchable_by(account_id),
            )
        )
    )


def images_on_snapshot(session: Session, snapshot_id: str) -> list[Image]:
    """The live images that stand on a snapshot."""
    return list(
        session.scalars(
            select(Image)
            .join(ImageDevice)
            .where(ImageDevice.snapshot_id == snapshot_id, Image.state.in_(("pending", "available")))
        )
    )
