"""Rules of the recycle bin: what is kept for how long after it was deleted (service `rbin`).

    unlocked ──► locked ──► pending_unlock ──► unlocked   (after the unlock delay, by the clock)

A rule with resource tags is tag-level: it keeps what has one of them. A rule without is region-level: it
keeps everything but what has one of its exclusion tags. Of several rules the longest counts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

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

    def keeps(self, tags: Mapping[str, str]) -> bool:
        """Whether a resource with these tags goes into the bin."""
        if self.resource_tags:
            return _has_one(tags, self.resource_tags)
        return not _has_one(tags, self.exclude_tags)

    def lock_at(self, now: datetime) -> str:
        """The lock's state: the unlock delay ends by the clock."""
        if self.lock_state == "pending_unlock" and self.lock_ends_at and self.lock_ends_at <= now:
            return "unlocked"
        return self.lock_state


def _has_one(tags: Mapping[str, str], wanted: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        tag["ResourceTagKey"] in tags and tag.get("ResourceTagValue") in (None, tags[tag["ResourceTagKey"]])
        for tag in wanted
    )


def retention_days(
    session: Session, account_id: str, region: str, resource_type: str, tags: Mapping[str, str]
) -> int | None:
    """For how many days a resource stays in the bin after it was deleted; None if no rule keeps it."""
    rules = session.scalars(
        select(RecycleRule).where(
            RecycleRule.account_id == account_id,
            RecycleRule.region == region,
            RecycleRule.resource_type == resource_type,
        )
    )
    return max((rule.retention_days for rule in rules if rule.keeps(tags)), default=None)
