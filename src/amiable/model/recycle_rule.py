"""Rules of the recycle bin: what is kept for how long after it was deleted (service `rbin`).

    unlocked ──► locked ──► pending_unlock ──► unlocked   (after the unlock delay, by the clock)

A rule with resource tags is tag-level and goes before a region-level one, which may exclude tags.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from amiable.model.base import AccountId, Base, Id, Region, one_of

RESOURCE_TYPES = ("EBS_SNAPSHOT", "EC2_IMAGE", "EBS_VOLUME")
LOCK_STATES = ("unlocked", "locked", "pending_unlock")


class RecycleRule(Base):
    """One rule. Retention and unlock delay in days; tags as the service shapes them.

    That is `[{"ResourceTagKey": …, "ResourceTagValue": …}]`; any value matches where none is given.
    """

    __tablename__ = "recycle_rule"
    __table_args__ = (
        one_of("resource_type", RESOURCE_TYPES),
        one_of("lock_state", LOCK_STATES),
        Index("ix_recycle_rule_region_account_id", "region", "account_id"),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    description: Mapped[str] = mapped_column(String(255), default="")
    resource_type: Mapped[str] = mapped_column(String(16))
    retention_days: Mapped[int]
    resource_tags: Mapped[list[dict[str, Any]]]
    exclude_tags: Mapped[list[dict[str, Any]]]
    lock_state: Mapped[str] = mapped_column(String(16), default="unlocked")
    unlock_delay_days: Mapped[int | None]
    lock_ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
