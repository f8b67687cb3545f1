"""Tenancy, over the whole operation table: what belongs to another account does not exist for this one.

Each example request is made by its own account (where it works, see test_dry_run) and then by another one.
The other one must be answered as if the ids in it had never been given to anything, must be told nothing of
the first that it did not name itself, and no row of the first may change.
"""

import json
from typing import Any

from sqlalchemy import inspect

from amiable.core import ids
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
                        .where(columns["account_id"] == api.account_id, columns["id"].is_not(None))
                    )
                )
    return found - {None}  # an automatic public address has none


def named(value: Any, names: set[str]) -> set[str]:
    """Which of the names a request, an answer or a row contains."""
    text = json.dumps(value, default=str)
    return {name for name in names if name in text}


def renamed(value: Any, names: dict[str, str]) -> Any:
    """The request with other names."""
    if isinstance(value, dict):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, str):
        for old, new in names.items():
            value = value.replace(old, new)
    return value


def never_given(name: str) -> str:
    """An id of the same form that nothing has."""
    prefix, dash, rest = name.rpartition("-")
    return ids.new_id(prefix) if dash and ids.is_id(prefix, name) else "z" * len(prefix + dash + rest)


def test_another_account_finds_and_changes_nothing(api: Api) -> None:
    requests = examples(api)
    mine = owned_ids(api)
    assert len(mine) > 5
    stranger = api.other_account()
    asked = 0
    for (service, name), request in requests.items():
        tried = stranger.tried(name, service, **request)
        said = named(request, mine)
        if tried.answer is not None:
            assert not named(tried.answer, mine - said), f"{name} tells a stranger too much"
        for row in tried.touched:
            assert not named(row, {api.account_id} | mine), f"{name} lets a stranger change {row}"
        if said:
            asked += 1
            assert not tried.changed, f"{name} lets a stranger change something"
            others = {one: never_given(one) for one in said}
            like = stranger.tried(name, service, **renamed(request, others))
            back = {new: old for old, new in others.items()}
            assert _words(like.fault, back) == _words(tried.fault, {}), f"{name} tells that it exists"
            assert renamed(like.answer, back) == tried.answer, f"{name} tells that it exists"
    assert asked > 30


def _words(fault: Any, names: dict[str, str]) -> list[str]:
    """Code and message of a fault; several ids in any order."""
    return sorted(renamed(f"{fault.code} {fault.message}", names).split()) if fault else []
