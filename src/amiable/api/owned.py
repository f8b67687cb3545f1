"""The caller's own resources: one by its id, or a listing by ids and filters.

Every regional row has `id`, `account_id` and `region`; what belongs to somebody else does not exist.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, select

from amiable.api import filters, paging
from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.api.table import Shape
from amiable.api.tags import SHARED_TAGS
from amiable.model.tag import tags_of

R = TypeVar("R")
Tags = dict[str, dict[str, str]]
Listed = tuple[list[Any], Tags, str | None]
"""Rows, their tags by id, next token."""


def select_owned(call: Call, model: Any) -> Select[Any]:
    """The caller's rows of a table in the region of the call."""
    return select(model).where(model.account_id == call.account_id, model.region == call.region)


def owned(call: Call, model: type[R], prefix: str, resource_id: str, *, lock: bool = False) -> R:
    """The caller's resource. Raises `Invalid….Malformed` and `Invalid….NotFound`.

    `lock` keeps other transactions from changing it meanwhile (SQLite has one writer at a time anyway).
    """
    check_ids(prefix, resource_id)
    query = select_owned(call, model).where(model.id == resource_id)  # type: ignore[attr-defined]
    row: R | None = call.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise not_found(prefix, resource_id)
    return row


def listed(
    call: Call,
    operation: str,
    request: Shape,
    query: Select[Any],
    id_column: Any,
    prefix: str,
    ids_member: str,
    rows: Mapping[str, filters.Filter],
    narrowed: Sequence[filters.Condition] = (),
    smallest: int = 5,
) -> Listed:
    """(rows, their tags, next token) of a Describe operation: `query` is what the caller may see.

    Ids in the request's `ids_member` must exist, whatever the filters and `narrowed` leave of them.
    """
    wanted = list(request.get(ids_member) or ())
    check_ids(prefix, *wanted)
    chosen = query.where(id_column.in_(wanted)) if wanted else query
    found, token = paging.page(
        call,
        operation,
        chosen.where(*narrowed, *filters.conditions(rows, request.get("Filters"), call, tagged=id_column)),
        id_column,
        request,
        ids_given=wanted,
        smallest=smallest,
    )
    if len(found) < len(set(wanted)):
        known = call.session.scalars(chosen.with_only_columns(id_column))
        if missing := sorted(set(wanted) - set(known)):
            raise not_found(prefix, *missing)
    return found, tags_of(call.session, [row.id for row in found], call.account_id, SHARED_TAGS), token


def answer(member: str, shapes: list[Shape], token: str | None) -> Shape:
    """The answer of a paged listing; the token only when there is more."""
    return {member: shapes, "NextToken": token} if token else {member: shapes}
