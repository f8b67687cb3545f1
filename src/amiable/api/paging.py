"""Pages of a listing: by key, not by offset, with signed tokens.

A token holds the last key of the page and is sealed for account, region and operation, so that it is opaque,
cannot be forged and cannot be used elsewhere. Pages stay correct while rows come and go.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, tuple_

from amiable.api.call import Call
from amiable.api.faults import combination
from amiable.core.errors import Corrupt
from amiable.protocol.faults import Fault

R = TypeVar("R")

# Some services' models allow only the letters of plain base64 in a token; the sealer uses the other two.
_PLAIN, _SAFE = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")


def _seal(call: Call, operation: str, last: Sequence[str]) -> str:
    content = [call.account_id, call.region, operation, *last]
    return call.sealer.seal(json.dumps(content).encode()).translate(_PLAIN).decode()


def _open(call: Call, operation: str, token: str) -> tuple[str, ...]:
    try:
        content = json.loads(call.sealer.open(token.encode().translate(_SAFE)))
    except (Corrupt, ValueError, UnicodeEncodeError) as wrong:
        raise Fault("InvalidNextToken", "The token is not valid.") from wrong
    if content[:3] != [call.account_id, call.region, operation]:
        raise Fault("InvalidNextToken", "The token is not valid.")
    return tuple(content[3:])


def _limit(
    request: dict[str, Any], ids_given: Sequence[str] | None, smallest: int, largest: int
) -> int | None:
    """MaxResults, checked."""
    limit: int | None = request.get("MaxResults")
    if limit is not None:
        if not smallest <= limit <= largest:
            raise Fault(
                "InvalidParameterValue",
                f"Value ( {limit} ) for parameter maxResults is invalid. "
                f"Expecting a value between {smallest} and {largest}.",
            )
        if ids_given:
            raise combination("The parameters maxResults and resource ids cannot be used together.")
    return limit


def page(
    call: Call,
    operation: str,
    query: Select[R],
    key: Any,
    request: dict[str, Any],
    *,
    ids_given: Sequence[str] | None = None,
    smallest: int = 5,
    largest: int = 1000,
) -> tuple[list[R], str | None]:
    """(rows, next token) of a query ordered by `key`: a column, or a tuple of columns, of unique text.

    Without MaxResults everything is returned, as EC2 does. `ids_given` with MaxResults is refused.
    """
    keys = key if isinstance(key, tuple) else (key,)
    limit = _limit(request, ids_given, smallest, largest)
    query = query.order_by(*keys)
    if token := request.get("NextToken"):
        query = query.where(tuple_(*keys) > _open(call, operation, token))
    if limit is None:
        return list(call.session.scalars(query).unique()), None
    rows = list(call.session.scalars(query.limit(limit + 1)).unique())
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, _seal(call, operation, [str(getattr(rows[-1], column.key)) for column in keys])


def page_of(
    call: Call,
    operation: str,
    items: Sequence[R],
    key: Callable[[R], str],
    request: dict[str, Any],
    *,
    ids_given: Sequence[str] | None = None,
    smallest: int = 5,
    largest: int = 1000,
) -> tuple[list[R], str | None]:
    """As `page`, of declared data instead of rows; `key` gives each item's unique text."""
    limit = _limit(request, ids_given, smallest, largest)
    ordered = sorted(items, key=key)
    if token := request.get("NextToken"):
        (last,) = _open(call, operation, token)
        ordered = [item for item in ordered if key(item) > last]
    if limit is None or len(ordered) <= limit:
        return ordered, None
    return ordered[:limit], _seal(call, operation, [key(ordered[limit - 1])])
