"""Operations called as the dispatcher calls them, without the wire: one transaction each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.api import table
from amiable.api.call import Call
from amiable.blocks.store import PruneStore, open_store
from amiable.core import clock, ids
from amiable.core.settings import Settings
from amiable.model.account import create_account
from amiable.model.database import Database
from amiable.model.network import ensure_default_vpc
from amiable.model.secret import Sealer
from amiable.model.tables import metadata
from amiable.protocol.faults import Fault
from tests.helpers.shapes import check_answer

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Api:
    """One account in one region. `api("CreateTags", Resources=…)` is an EC2 request."""

    database: Database
    settings: Settings
    sealer: Sealer
    account_id: str
    region: str
    access_key_id: str = "AKIAAAAAAAAAAAAAAAAA"
    stores: Mapping[str, PruneStore] = field(default_factory=dict)

    def __call__(self, operation: str, service: str = "ec2", /, **request: Any) -> dict[str, Any]:
        entry = table.load()[service, operation]
        opened = self.database.write if entry.writes else self.database.read
        with opened() as session:
            answer = table.run(entry, self.call(session), request)
            session.flush()
        if entry.then is not None:
            with self.database.write() as session:
                entry.then(self.call(session), request, answer)
        check_answer(service, operation, answer)
        return answer

    def tried(self, operation: str, service: str = "ec2", /, **request: Any) -> "Tried":
        """What a request would do: it runs, and is undone."""
        entry = table.load()[service, operation]
        with Session(self.database.engine) as session:
            before = _rows(session)
            answer: dict[str, Any] | None = None
            fault: Fault | None = None
            try:
                answer = table.run(entry, self.call(session), request)
                if entry.then is not None:
                    entry.then(self.call(session), request, answer)
                session.flush()
                check_answer(service, operation, answer)
            except Fault as refusal:
                fault = refusal
                session.rollback()
            after = _rows(session)
            session.rollback()
        touched = [row for name, rows in before.items() for row in rows if row not in after[name]]
        return Tried(answer, fault, after != before, touched)

    def call(self, session: Session) -> Call:
        """What the operations get."""
        return Call(
            account_id=self.account_id,
            access_key_id=self.access_key_id,
            region=self.region,
            session=session,
            now=clock.now(),
            request_id=ids.new_uuid(),
            settings=self.settings,
            sealer=self.sealer,
            stores=self.stores,
        )

    def other_account(self) -> "Api":
        """Somebody else on the same server."""
        return self._of(new_account(self.database, self.settings))

    def other_region(self) -> "Api":
        """The same account elsewhere."""
        return replace(self, region=self.settings.region_names[1])

    def _of(self, account_id: str) -> "Api":
        return replace(self, account_id=account_id)

    def rows(self) -> Rows:
        """All that the database holds."""
        with self.database.read() as session:
            return _rows(session)


@dataclass(frozen=True)
class Tried:
    """The answer or the fault of a request, whether any row changed, and those that it altered or removed."""

    answer: dict[str, Any] | None
    fault: Fault | None
    changed: bool
    touched: list[tuple[Any, ...]]


def _rows(session: Session) -> Rows:
    return {
        table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for table in metadata.sorted_tables
    }


def new_account(database: Database, settings: Settings) -> str:
    """A new account with its default VPCs."""
    with database.write() as session:
        account = create_account(session, "a-" + ids.new_account_id())
        for region in settings.region_names:
            ensure_default_vpc(session, account.id, region, settings.zone_names(region))
        return account.id


def new_api(database: Database, **settings: Any) -> Api:
    """A new account on a server with these settings."""
    chosen = Settings(**settings)
    return Api(
        database=database,
        settings=chosen,
        sealer=Sealer(Fernet.generate_key()),
        account_id=new_account(database, chosen),
        region=chosen.region_names[0],
        stores={region: open_store("memory://") for region in chosen.region_names},
    )


@contextmanager
def refused(code: str, words: str = "") -> Iterator[None]:
    """The request is refused with that code, in a message that has those words, and changes nothing."""
    with pytest.raises(Fault) as caught:
        yield
    assert caught.value.code == code, caught.value
    assert words in caught.value.message, caught.value.message


def filters(**values: Any) -> list[dict[str, Any]]:
    """`Filters` of a request; `_` in a name stands for `-`, `__` for `.`."""
    return [
        {
            "Name": name.replace("__", ".").replace("_", "-"),
            "Values": value if isinstance(value, list) else [value],
        }
        for name, value in values.items()
    ]
