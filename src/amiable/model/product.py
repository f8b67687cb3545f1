"""Products of the marketplace, and who is subscribed to them.

A product is an offer of one account: images that carry its code, at a price an hour for each instance type.
A subscription is an account's consent to terms and prices; while it lasts the account may launch. Ending it
leaves running instances alone: they go on and are metered (model/usage.py).
"""

import re
import secrets
import string
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.model.base import AccountId, Base, Id
from amiable.model.product_code import codes_of

CODE = re.compile(r"^[a-z0-9]{25}$")
"""AWS's form of a product code."""

OPEN = "ended_at IS NULL"


class Product(Base):
    """An offer. `prices` are US dollars an hour by instance type, as decimal text, and `default`.

    `dimensions` are what the software itself may meter (model/metering_record.py): US dollars a unit by name.
    """

    __tablename__ = "product"

    code: Mapped[str] = mapped_column(String(25), primary_key=True)
    account_id: Mapped[AccountId]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text, default="")
    prices: Mapped[dict[str, Any]]
    dimensions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    support: Mapped[str] = mapped_column(Text, default="")
    terms: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    def hourly(self, instance_type: str) -> Decimal:
        """US dollars an hour on that instance type."""
        return Decimal(self.prices.get(instance_type, self.prices["default"]))


class Subscription(Base):
    """An account's consent, from `started_at` until it ends it; at most one at a time for each product."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index(
            "uq_subscription_open",
            "account_id",
            "code",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    code: Mapped[str] = mapped_column(ForeignKey("product.code"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def new_code() -> str:
    """A fresh product code: 25 lower-case letters and digits."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(25))


def subscription_of(session: Session, account_id: str, code: str) -> Subscription | None:
    """The account's subscription that is not ended."""
    return session.scalar(
        select(Subscription).where(
            Subscription.account_id == account_id, Subscription.code == code, Subscription.ended_at.is_(None)
        )
    )


def missing_subscriptions(session: Session, account_id: str, *resource_ids: str) -> list[Product]:
    """The products in these resources that the account must subscribe to before it launches them.

    A publisher needs no subscription to its own product. A code without a product here asks for nothing.
    """
    codes = {code for found in codes_of(session, resource_ids).values() for code in found}
    held = select(Subscription.code).where(
        Subscription.account_id == account_id, Subscription.ended_at.is_(None)
    )
    query = select(Product).where(
        Product.code.in_(codes), Product.account_id != account_id, Product.code.not_in(held)
    )
    return list(session.scalars(query.order_by(Product.code))) if codes else []
