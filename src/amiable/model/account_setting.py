"""What an account has chosen for a whole region: block public access, allowed images.

One row a choice; who has chosen nothing has the default, which is the operation's to know.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import clock
from amiable.model.base import Base


class AccountSetting(Base):
    """One choice. `value` is JSON of the shape that its operation gives it."""

    __tablename__ = "account_setting"

    account_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


def chosen(session: Session, account_id: str, region: str, name: str) -> dict[str, Any]:
    """What the account has chosen, or an empty dict."""
    value = session.scalar(
        select(AccountSetting.value).where(
            AccountSetting.account_id == account_id,
            AccountSetting.region == region,
            AccountSetting.name == name,
        )
    )
    return dict(value or {})


def choose(session: Session, account_id: str, region: str, name: str, value: dict[str, Any]) -> None:
    """Keep a choice in place of the one before."""
    session.merge(
        AccountSetting(account_id=account_id, region=region, name=name, value=value, changed_at=clock.now())
    )
