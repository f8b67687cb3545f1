"""What a product's own software meters, a record an hour: once in the table, it is owed once.

The unique index is what makes a record count once, whoever sends it again: the same quantity is the same
record, another one is refused.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from amiable.model.base import AccountId, Base, Id


class MeteringRecord(Base):
    """`quantity` units of a dimension in the hour that begins at `hour`; `price` (US dollars) of one then."""

    __tablename__ = "metering_record"
    __table_args__ = (
        Index("uq_metering_record_hour", "code", "account_id", "dimension", "hour", unique=True),
        Index("ix_metering_record_account_id_hour", "account_id", "hour"),
    )

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    code: Mapped[str] = mapped_column(String(25), ForeignKey("product.code"))
    dimension: Mapped[str] = mapped_column(String(255))
    hour: Mapped[datetime]
    quantity: Mapped[str] = mapped_column(String(24))
    price: Mapped[str] = mapped_column(String(24))
    allocations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    recorded_at: Mapped[datetime]

    def owed(self) -> Decimal:
        """US dollars, not rounded."""
        return Decimal(self.price) * Decimal(self.quantity)
