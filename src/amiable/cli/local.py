"""Root's own view: accounts and access keys, read from the state database and not through the API."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amiable.app import State, open_state
from amiable.core.errors import InvalidInput, MissingPrerequisite, NotFound
from amiable.core.settings import Settings
from amiable.model.account import AMAZON, AccessKey, Account, account_named, create_access_key

__all__ = ["AMAZON", "Keys", "account_called", "all_accounts", "keys_of", "local_state", "readable"]


@dataclass(frozen=True)
class Keys:
    """An account and one of its access keys, the secret in clear."""

    account_id: str
    account_name: str
    access_key_id: str
    secret_access_key: str


def readable(settings: Settings) -> bool:
    """Whether this user may read the state of a server on this machine."""
    return os.access(settings.data_dir / "secret.key", os.R_OK)


@contextmanager
def local_state(settings: Settings) -> Iterator[State]:
    """The state that is here already. Raises MissingPrerequisite where there is none to read."""
    if not readable(settings):
        raise MissingPrerequisite(
            f"There is no state of a server in {settings.data_dir} that this user may read.",
            "Run it as root on the server's machine, once `amiable serve` has been started.",
        )
    with open_state(settings) as state:
        yield state


def keys_of(settings: Settings, name: str | None = None) -> Keys:
    """Keys of the account of that name or id; without a name, of the only account that is not built in.

    The newest long-lived key that is active; one is made for an account that has none. Raises NotFound,
    InvalidInput when a name is needed, MissingPrerequisite.
    """
    with local_state(settings) as state:
        with state.database.read() as session:
            account = account_called(session, name)
            key = session.scalar(
                select(AccessKey)
                .where(
                    AccessKey.account_id == account.id,
                    AccessKey.status == "Active",
                    AccessKey.expires_at.is_(None),
                )
                .order_by(AccessKey.created_at.desc())
                .limit(1)
            )
        if key is not None:
            return Keys(account.id, account.name, key.id, state.sealer.open(key.sealed_secret).decode())
        with state.database.write() as session:
            key, secret = create_access_key(session, account.id, state.sealer)
        return Keys(account.id, account.name, key.id, secret)


def account_called(session: Session, name: str | None) -> Account:
    """The account of that name or id; without one, the only one. Raises NotFound, InvalidInput."""
    return account_named(session, name) if name else _only_account(session)


def _only_account(session: Session) -> Account:
    accounts = session.scalars(select(Account).where(Account.alias.is_(None)).order_by(Account.name)).all()
    if not accounts:
        raise NotFound("There is no account yet. Make one: amiable account create NAME")
    if len(accounts) > 1:
        names = ", ".join(account.name for account in accounts)
        raise InvalidInput(f"There are several accounts ({names}): say which with --account NAME.")
    return accounts[0]


def all_accounts(state: State) -> list[tuple[Account, int]]:
    """Every account with its number of active long-lived keys, by name."""
    active = (
        select(AccessKey.account_id, func.count().label("number"))
        .where(AccessKey.status == "Active", AccessKey.expires_at.is_(None))
        .group_by(AccessKey.account_id)
        .subquery()
    )
    query = (
        select(Account, func.coalesce(active.c.number, 0))
        .outerjoin(active, active.c.account_id == Account.id)
        .order_by(Account.name)
    )
    with state.database.read() as session:
        return [(account, count) for account, count in session.execute(query)]
