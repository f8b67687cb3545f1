"""Instances: one real virtual machine each.

    pending ──► running ◄──► (reboot)
       │           │  ▲
       │           ▼  │ pending
       │        stopping ──► stopped
       ▼           ▼            ▼
       └────► shutting-down ◄───┘ ──► terminated

`terminated` rows stay an hour for DescribeInstances, as on AWS, and as tombstones after that.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.model.base import AccountId, Base, Id, Region, one_of
from amiable.model.network import NetworkInterface
from amiable.model.volume import Attachment

INSTANCE_STATES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
"""State names and the codes that EC2 prints with them."""

ALIVE = "state <> 'terminated'"


class Instance(Base):
    """An instance. `uid` is the user id that its QEMU runs as; memory and virtual CPUs follow from the type.

    `reached` says whether its network answered when it was last asked, None before the first answer since
    it was started; `reached_at` is when that changed (flows/reachability.py). `options` holds
    `termination_protection`, `stop_protection`, `instance_profile` (an ARN) and, when it was not given at
    launch, `instance_profile_since`.
    """

    __tablename__ = "instance"
    __table_args__ = (
        one_of("state", tuple(INSTANCE_STATES)),
        one_of("shutdown_behavior", ("stop", "terminate")),
        one_of("http_tokens", ("optional", "required")),
        one_of("http_endpoint", ("enabled", "disabled")),
        one_of("boot_mode", ("legacy-bios", "uefi")),
        Index("ix_instance_region_account_id", "region", "account_id"),
        Index(
            "uq_instance_live_uid",
            "host",
            "uid",
            unique=True,
            sqlite_where=text(ALIVE),
            postgresql_where=text(ALIVE),
        ),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    availability_zone: Mapped[str] = mapped_column(String(40))
    reservation_id: Mapped[str] = mapped_column(String(40), index=True)
    launch_index: Mapped[int] = mapped_column(default=0)
    client_token: Mapped[str | None] = mapped_column(String(64))
    image_id: Mapped[str] = mapped_column(String(40), index=True)
    instance_type: Mapped[str] = mapped_column(String(32))
    architecture: Mapped[str] = mapped_column(String(8), default="x86_64")
    boot_mode: Mapped[str] = mapped_column(String(16), default="legacy-bios")
    root_device_name: Mapped[str] = mapped_column(String(32), default="/dev/sda1")
    key_name: Mapped[str | None] = mapped_column(String(255))
    public_key: Mapped[str | None] = mapped_column(Text)
    user_data: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    state_reason_code: Mapped[str | None] = mapped_column(String(64))
    state_reason_message: Mapped[str | None] = mapped_column(Text)
    state_transition_reason: Mapped[str] = mapped_column(String(255), default="")
    shutdown_behavior: Mapped[str] = mapped_column(String(16), default="stop")
    http_tokens: Mapped[str] = mapped_column(String(8), default="optional")
    http_endpoint: Mapped[str] = mapped_column(String(8), default="enabled")
    http_hop_limit: Mapped[int] = mapped_column(default=1)
    metadata_tags: Mapped[bool] = mapped_column(default=False)
    monitoring: Mapped[bool] = mapped_column(default=False)
    ebs_optimized: Mapped[bool] = mapped_column(default=False)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # no foreign keys: a tombstone outlives its network, which the interface's keys hold until then
    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    subnet_id: Mapped[str] = mapped_column(String(40))
    host: Mapped[str] = mapped_column(String(64))
    uid: Mapped[int]
    accelerator: Mapped[str | None] = mapped_column(String(8))
    launched_at: Mapped[datetime]
    reached: Mapped[bool | None]
    reached_at: Mapped[datetime | None]
    terminated_at: Mapped[datetime | None]

    interfaces: Mapped[list[NetworkInterface]] = relationship(
        order_by=NetworkInterface.device_index, lazy="selectin"
    )
    attachments: Mapped[list[Attachment]] = relationship(
        order_by=Attachment.device, lazy="selectin", overlaps="attachment"
    )

    @property
    def root(self) -> Attachment | None:
        """The root volume's attachment."""
        return next((a for a in self.attachments if a.device == self.root_device_name), None)


def next_uid(session: Session, host: str, base: int, count: int) -> int | None:
    """The lowest user id of the range that no live instance of the host has, or None."""
    taken = set(
        session.scalars(select(Instance.uid).where(Instance.host == host, Instance.state != "terminated"))
    )
    return next((uid for uid in range(base, base + count) if uid not in taken), None)
