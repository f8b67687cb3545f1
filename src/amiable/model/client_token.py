"""Client tokens: the same token and parameters give the same answer; other parameters are refused."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import clock
from amiable.core.errors import Conflict
from amiable.model.base import Base


class OtherParameters(Conflict):
    """The token came with other parameters before."""


class ClientToken(Base):
    """A token that was used, and the resource that came of it."""

    __tablename__ = "client_token"

    account_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(40), primary_key=True)
    operation: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str] = mapped_column(String(128), primary_key=True)
    parameters: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[str] = mapped_column(String(512))
    created_at: Mapped[datetime]


def _digest(parameters: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(parameters, sort_keys=True, default=repr).encode()).hexdigest()


def used_token(
    session: Session,
    account_id: str,
    region: str,
    operation: str,
    token: str,
    parameters: Mapping[str, Any],
) -> str | None:
    """The resource id that this token gave before, or None. Raises OtherParameters."""
    row = session.get(ClientToken, (account_id, region, operation, token))
    if row is None:
        return None
    if row.parameters != _digest(parameters):
        raise OtherParameters(f"The client token {token!r} was used before with other parameters.")
    return row.resource_id


def keep_token(
    session: Session,
    account_id: str,
    region: str,
    operation: str,
    token: str,
    parameters: Mapping[str, Any],
    resource_id: str,
) -> None:
    """Remember what a token gave."""
    session.add(
        ClientToken(
            account_id=account_id,
            region=region,
            operation=operation,
            token=token,
            parameters=_digest(parameters),
            resource_id=resource_id,
            created_at=clock.now(),
        )
    )
