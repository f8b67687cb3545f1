"""Tenancy, over the whole operation table: what belongs to another account does not exist for this one.

Each example request is made by its own account (where it works, see test_dry_run) and then by another one.
The other one must be refused, or be given an answer that names nothing of the first; no row of the first
may change.
"""

import json
from typing import Any

from sqlalchemy import inspect

from amiable.model.tables import Base
from tests.helpers.api import Api
from tests.unit.api.examples import examples


def owned_ids(api: Api) -> set[str]:
    """Every resource id that belongs to the account."""
    found: set[str] = set()
    with api.database.read() as session:
        for mapper in Base.registry.mappers:
            columns = inspect(mapper).columns
            if "account_id" in columns and "id" in columns:
                found |= set(
                    session.scalars(
                        columns["id"]
                        .table.select()
                        .with_only_columns(columns["id"])
                        .where(columns["account_id"] == api.account_id)
                    )
                )
    return found


def named(value: Any, names: set[str]) -> set[str]:
    """Which of the names a request or an answer contains."""
    text = json.dumps(value, default=str)
    return {name for name in names if name in text}


def test_another_account_finds_and_changes_nothing(api: Api) -> None:
    requests = examples(api)
    mine = owned_ids(api)
    assert len(mine) > 5
    stranger = api.other_account()
    asked = 0
    for (service, name), request in requests.items():
        tried = stranger.tried(name, service, **request)
        if tried.answer is not None:
            assert not named(tried.answer, mine - named(request, mine)), f"{name} tells a stranger too much"
        if named(request, mine):
            asked += 1
            assert not tried.changed, f"{name} lets a stranger change something"
    assert asked > 5
