"""Images (AMIs): states, block device mappings, launch permissions, who sees what.

    pending ──► available ◄──► disabled
       │            └────┬───────┘
       └──► failed ──────┴──► deregistered             (no rule of the recycle bin matches)
                         └──► recycled ──► available   (restored from the bin)
                                  └──────► deregistered (its time in the bin has passed)

A name belongs to one live image of an account and region. `deregistered` rows stay as tombstones:
instances refer to the image that they came from. Deprecation changes no state, only who finds the image.

An image of the public catalog is listed as `pending` with the reason `NOT_IMPORTED` until its first launch
imports it (flows/catalog.py); it is the only kind of pending image that may be launched.
"""

import re
from collections.abc import Collection
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, and_, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.model.base import AccountId, Base, Id, Region, one_of
from amiable.model.tag import drop_tags

IMAGE_STATES = ("pending", "available", "disabled", "failed", "deregistered", "recycled")
LIVE_STATES = ("pending", "available", "disabled")
"""States in which an image holds its name."""
HOLDING_STATES = (*LIVE_STATES, "recycled")
"""States in which an image keeps its snapshots from being deleted."""
GONE_STATES = ("deregistered", "recycled")
"""States in which an image does not exist for anybody, but in the recycle bin."""
LIVE = "state IN ('pending', 'available', 'disabled')"
PROTECTIONS = ("disabled", "enabled-without-cooldown", "enabled-with-cooldown")
EVERYONE = "all"
NOT_IMPORTED = "Client.NotImported"
IMPORTING = "Client.Importing"
IMAGE_NAME = re.compile(r"[A-Za-z0-9 ()\[\]./\-'@_]{3,128}")
"""Of images, and of their watermarks."""


class Image(Base):
    """An AMI.

    `protected_until` is the end of the cool-down after protection with cool-down was disabled.
    `catalog_name` is the entry of the public catalog that the image stands for. `recycled_at` and
    `recycled_until` are its time in the bin, `recycled_from` the state that it comes back to.
    `cleaning` says what was removed when it was made (flows/clean_image.py), and what the instance's security
    groups let in then; NULL: it was not cleaned.
    `supported_types` (if any) and `unsupported_types` say by patterns on which instance types it is launched.
    """

    __tablename__ = "image"
    __table_args__ = (
        one_of("state", IMAGE_STATES),
        one_of("boot_mode", ("legacy-bios", "uefi")),
        one_of("architecture", ("x86_64", "arm64", "i386")),
        one_of("virtualization_type", ("hvm", "paravirtual")),
        one_of("deregistration_protection", PROTECTIONS),
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
        # with the order of listings: SQLite would rather go through a region than sort what it finds
        Index("ix_image_source_image_id", "source_image_id", "region", "id"),
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
    virtualization_type: Mapped[str] = mapped_column(String(16), default="hvm")
    ena_support: Mapped[bool] = mapped_column(default=True)
    sriov_net_support: Mapped[str | None] = mapped_column(String(16))
    tpm_support: Mapped[str | None] = mapped_column(String(8))
    uefi_data: Mapped[str | None] = mapped_column(Text)
    imds_support: Mapped[str | None] = mapped_column(String(8))
    supported_types: Mapped[list[str]] = mapped_column(default=list)
    unsupported_types: Mapped[list[str]] = mapped_column(default=list)
    catalog_name: Mapped[str | None] = mapped_column(String(128))
    free_tier_eligible: Mapped[bool] = mapped_column(default=False)
    public_parameter_name: Mapped[str | None] = mapped_column(String(255))
    source_instance_id: Mapped[str | None] = mapped_column(String(40))
    source_image_id: Mapped[str | None] = mapped_column(String(40))
    source_image_region: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    deprecated_at: Mapped[datetime | None]
    last_launched_at: Mapped[datetime | None]
    deregistration_protection: Mapped[str] = mapped_column(String(32), default="disabled")
    protected_until: Mapped[datetime | None]
    recycled_at: Mapped[datetime | None]
    recycled_until: Mapped[datetime | None]
    recycled_from: Mapped[str | None] = mapped_column(String(16))
    deregistered_at: Mapped[datetime | None]
    cleaning: Mapped[dict[str, Any] | None]

    devices: Mapped[list["ImageDevice"]] = relationship(
        order_by="ImageDevice.position", cascade="all, delete-orphan", lazy="selectin"
    )
    permissions: Mapped[list["LaunchPermission"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def listed(self) -> bool:
        """Whether it is an image of the catalog that is not imported yet."""
        return self.state == "pending" and self.state_reason_code in (NOT_IMPORTED, IMPORTING)

    @property
    def public(self) -> bool:
        """Whether everyone may launch it."""
        return any(permission.grantee == EVERYONE for permission in self.permissions)

    def fits(self, instance_type: str) -> bool:
        """Whether it may be launched on that instance type."""

        def among(patterns: list[str]) -> bool:
            return any(fnmatchcase(instance_type, pattern) for pattern in patterns)

        return (not self.supported_types or among(self.supported_types)) and not among(self.unsupported_types)


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
    """Who may launch an image: an account id, the ARN of an organisation or unit, or `all`."""

    __tablename__ = "launch_permission"

    image_id: Mapped[str] = mapped_column(ForeignKey("image.id"), primary_key=True)
    grantee: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)


def root_first(image: Image) -> list[ImageDevice]:
    """The devices of an image, its root before the others."""
    return sorted(image.devices, key=lambda device: device.device_name != image.root_device_name)


def launchable_by(account_id: str, grantees: Collection[str]) -> ColumnElement[bool]:
    """The images that an account may launch: its own, and those granted to one of the names it goes by."""
    granted = select(LaunchPermission.image_id).where(LaunchPermission.grantee.in_(grantees))
    return or_(Image.account_id == account_id, Image.id.in_(granted))


def nameable() -> ColumnElement[bool]:
    """The images that a launch may name: available, or listed in the catalog and imported by it."""
    return or_(
        Image.state == "available",
        and_(Image.state == "pending", Image.state_reason_code.in_((NOT_IMPORTED, IMPORTING))),
    )


def deregister(session: Session, image: Image, now: datetime) -> None:
    """Take an image away for good; the row stays as a tombstone."""
    image.state = "deregistered"
    image.deregistered_at = now
    image.permissions.clear()
    drop_tags(session, image.id)


def images_on_snapshot(session: Session, snapshot_id: str) -> list[Image]:
    """The images that stand on a snapshot, in the recycle bin or not."""
    return list(
        session.scalars(
            select(Image)
            .join(ImageDevice)
            .where(ImageDevice.snapshot_id == snapshot_id, Image.state.in_(HOLDING_STATES))
        )
    )
