"""Accounts and their access keys.

A secret access key is needed in clear to check a signature, so it is encrypted at rest
(`model/secret.py`), not hashed. A temporary key (`ASIA…`) has a session token, kept as a hash, and ends.
"""

import hashlib
import hmac
import re
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import clock, ids
from amiable.core.errors import AlreadyExists, InvalidInput, NotFound
from amiable.model.base import Base, Id, one_of
from amiable.model.secret import Sealer

AMAZON = "amazon"
"""Name and owner alias of the built-in account that owns public base images."""
MARKETPLACE = "aws-marketplace"
"""Owner alias of images that are offered as products."""

UNIT_ID = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}")
"""Of an organisational unit."""


class Account(Base):
    """A tenant. `alias` is what DescribeImages prints as owner alias (built-in accounts only).

    `unit` is its organisational unit (`ou-…`), where an organisation is configured.
    """

    __tablename__ = "account"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    alias: Mapped[str | None] = mapped_column(String(64), unique=True)
    unit: Mapped[str | None] = mapped_column(String(68))
    created_at: Mapped[datetime]


class AccessKey(Base):
    """A key pair of the signature protocol (AWS Signature Version 4)."""

    __tablename__ = "access_key"
    __table_args__ = (one_of("status", ("Active", "Inactive")),)

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(8), default="Active")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    def accepts_token(self, token: str | None) -> bool:
        """Whether the request's session token is the one of this key (or both are absent)."""
        if self.token_digest is None or token is None:
            return self.token_digest is None and token is None
        return hmac.compare_digest(self.token_digest, hashlib.sha256(token.encode()).digest())


def create_account(
    session: Session,
    name: str,
    *,
    alias: str | None = None,
    account_id: str | None = None,
    unit: str | None = None,
) -> Account:
    """A new account. Raises InvalidInput for a bad name or unit, AlreadyExists when the name is taken."""
    if not (1 <= len(name) <= 64 and all(c.isalnum() or c in "-_." for c in name)):
        raise InvalidInput(f"Account name {name!r}: use 1 to 64 letters, digits, '-', '_' or '.'.")
    if unit is not None and not UNIT_ID.fullmatch(unit):
        raise InvalidInput(f"Unit {unit!r}: an organizational unit's id looks like ou-ab12-cdefgh34.")
    if session.scalar(select(Account).where(Account.name == name)) is not None:
        raise AlreadyExists(f"There is an account named {name!r} already.")
    account = Account(
        id=account_id or ids.new_account_id(), name=name, alias=alias, unit=unit, created_at=clock.now()
    )
    session.add(account)
    session.flush()
    return account


def create_access_key(session: Session, account_id: str, sealer: Sealer) -> tuple[AccessKey, str]:
    """A long-lived access key and its secret in clear, which is shown only now."""
    secret = ids.new_secret()
    key = AccessKey(
        id=ids.new_access_key_id(),
        account_id=account_id,
        sealed_secret=sealer.seal(secret.encode()),
        created_at=clock.now(),
    )
    session.add(key)
    session.flush()
    return key, secret


def create_session_key(
    session: Session, account_id: str, expires_at: datetime, sealer: Sealer
) -> tuple[AccessKey, str, str]:
    """A temporary key: (key, secret, session token)."""
    secret, token = ids.new_secret(), ids.new_secret() + ids.new_secret()
    key = AccessKey(
        id=ids.new_access_key_id(temporary=True),
        account_id=account_id,
        sealed_secret=sealer.seal(secret.encode()),
        token_digest=hashlib.sha256(token.encode()).digest(),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    return key, secret, token


def account_named(session: Session, name: str) -> Account:
    """The account with that name or id. Raises NotFound."""
    account = session.scalar(select(Account).where((Account.name == name) | (Account.id == name)))
    if account is None:
        raise NotFound(f"There is no account {name!r}. List them: amiable account list")
    return account
