"""Metered use: one row for each time that an instance runs a paid product.

    running ──► interval opens ──► seen each minute while the machine lives ──► not running: interval closes

It opens and closes in the transactions that change the instance's state, so that neither is without the
other. `seen_at` bounds what is charged: a machine that died while no server looked is charged until it was
last seen. What is owed is computed from these rows, so nothing is counted twice; they are never deleted.

Why no hour is lost or charged twice, whenever a server is killed:

1. An instance is `running` exactly while an interval is open: both change in one transaction (flows/launch,
   flows/disposal), so a kill leaves both as before or both as after; the step that runs again finds which.
2. The index `uq_usage_interval_open` allows one open interval for an instance and product: a step that runs
   twice, or two servers, open it once. A closed interval is never opened again.
3. Seconds are those between the ends of an interval, never a sum of ticks: no tick can be missed or doubled.
4. While no server runs, machines go on. When one is back, it looks before anything closes the interval
   (flows/metering.see): a machine that lived through is seen now, so the whole outage is charged; one that
   died meanwhile was last seen before, at most a minute before the server died, and is charged until then.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Index, String, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import ids
from amiable.model.base import AccountId, Base, Id, Region
from amiable.model.instance import Instance
from amiable.model.product import Product
from amiable.model.product_code import codes_of

OPEN = "ended_at IS NULL"
LEAST = timedelta(seconds=60)
"""Each start is charged at least a minute, as EC2 does for Linux."""
WATCHED = timedelta(minutes=3)
"""While a server looks after a machine, it was seen within this time."""


class UsageInterval(Base):
    """A product running on an instance; `hourly_price` (US dollars, decimal text) is that of its start.

    A publisher's own use of its product is metered at price 0.
    """

    __tablename__ = "usage_interval"
    __table_args__ = (
        Index(
            "uq_usage_interval_open",
            "instance_id",
            "code",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index("ix_usage_interval_account_id_started_at", "account_id", "started_at"),
        Index("ix_usage_interval_code_started_at", "code", "started_at"),
    )

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    region: Mapped[Region]
    code: Mapped[str] = mapped_column(String(25))
    instance_id: Mapped[str] = mapped_column(String(40))
    instance_type: Mapped[str] = mapped_column(String(32))
    hourly_price: Mapped[str] = mapped_column(String(24))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def charged_until(self) -> datetime:
        """The end of what is charged: where it ended or was last seen, after a minute at least."""
        return max(self.ended_at or self.seen_at, self.started_at + LEAST)

    def seconds(self, since: datetime, until: datetime) -> int:
        """Whole charged seconds within [since, until); the parts of adjacent periods add up to the whole."""
        begin = max(self.started_at, since)
        end = min(self.charged_until(), until)
        return max(0, self._offset(end) - self._offset(begin))

    def _offset(self, moment: datetime) -> int:
        return int((moment - self.started_at).total_seconds())

    def owed(self, seconds: int) -> Decimal:
        """US dollars for so many seconds, not rounded."""
        return Decimal(self.hourly_price) * seconds / 3600


def begin_use(session: Session, instance: Instance, now: datetime) -> None:
    """The instance has begun to run: open an interval for each of its products that has none open."""
    codes = codes_of(session, [instance.id]).get(instance.id, [])
    for product in session.scalars(select(Product).where(Product.code.in_(codes))) if codes else ():
        if _open(session, instance.id, product.code) is None:
            free = product.account_id == instance.account_id
            session.add(
                UsageInterval(
                    id=ids.new_id("use"),
                    account_id=instance.account_id,
                    region=instance.region,
                    code=product.code,
                    instance_id=instance.id,
                    instance_type=instance.instance_type,
                    hourly_price="0" if free else str(product.hourly(instance.instance_type)),
                    started_at=now,
                    seen_at=now,
                )
            )


def _open(session: Session, instance_id: str, code: str) -> UsageInterval | None:
    return session.scalar(
        select(UsageInterval).where(
            UsageInterval.instance_id == instance_id,
            UsageInterval.code == code,
            UsageInterval.ended_at.is_(None),
        )
    )


def see_use(session: Session, instance_ids: list[str], now: datetime) -> None:
    """The machines of these instances live now. Time never goes back, whoever looks."""
    for start in range(0, len(instance_ids), 500):
        session.execute(
            update(UsageInterval)
            .where(
                UsageInterval.instance_id.in_(instance_ids[start : start + 500]),
                UsageInterval.ended_at.is_(None),
                UsageInterval.seen_at < now,
            )
            .values(seen_at=now)
        )


def end_use(session: Session, instance_id: str, now: datetime) -> None:
    """The instance runs no longer: close its intervals, now, or where the machine was last seen."""
    rows = select(UsageInterval).where(
        UsageInterval.instance_id == instance_id, UsageInterval.ended_at.is_(None)
    )
    for row in session.scalars(rows):
        row.ended_at = now if row.seen_at <= now < row.seen_at + WATCHED else row.seen_at
