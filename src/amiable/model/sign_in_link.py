"""One-time links that sign a person in to the console.

Root makes one with `amiable console`; STS trades it, once and within minutes, for a temporary key. Kept is
a hash of the token: who reads the database cannot sign in with what it finds. Redeeming deletes the row, so
of two who come at once only one gets it.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import ids
from amiable.model.base import Base

LIFETIME = timedelta(minutes=10)


class SignInLink(Base):
    """A link that nobody has used yet."""

    __tablename__ = "sign_in_link"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]


def create_link(session: Session, account_id: str, now: datetime) -> str:
    """The token of a new link: `<account id>.<secret>`. Links that ended are forgotten."""
    session.execute(delete(SignInLink).where(SignInLink.expires_at <= now))
    token = f"{account_id}.{ids.new_secret()}"
    session.add(SignInLink(digest=_digest(token), account_id=account_id, expires_at=now + LIFETIME))
    session.flush()
    return token


def redeem(session: Session, token: str, now: datetime) -> str | None:
    """The account that the token signs in to, which it does only this once; None for any other token."""
    found = session.execute(
        delete(SignInLink)
        .where(SignInLink.digest == _digest(token), SignInLink.expires_at > now)
        .returning(SignInLink.account_id)
    )
    return found.scalar_one_or_none()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
