"""Pages of a listing: by key, not by offset, with signed tokens.

A token holds the last id of the page and is sealed for account, region and operation, so that it is opaque,
cannot be forged and cannot be used elsewhere. Pages stay correct while rows come and go.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select

from amiable.api.call import Call
from amiable.api.faults import combination
from amiable.core.errors import Corrupt
from amiable.protocol.faults import Fault

R = TypeVar("R")


def _seal(call: Call, operation: str, last: str) -> str:
    content = [call.account_id, call.region, operation, last]
    return call.sealer.seal(json.dumps(content).encode()).decode()


def _open(call: Call, operation: str, token: str) -> str:
    try:
        content = json.loads(call.sealer.open(token.encode()))
    except (Corrupt, ValueError, UnicodeEncodeError) as wrong:
        raise Fault("InvalidNextToken", "The token is not valid.") from wrong
    if content[:3] != [call.account_id, call.region, operation]:
        raise Fault("InvalidNextToken", "The token is not valid.")
    return str(content[3])


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
    """(rows, next token) of a query ordered by `key`, whose values are unique text.

    Without MaxResults everything is returned, as EC2 does. `ids_given` with MaxResults is refused.
    """
    limit, token = request.get("MaxResults"), request.get("NextToken")
    if limit is not None:
        if not smallest <= limit <= largest:
            raise Fault(
                "InvalidParameterValue",
                f"Value ( {limit} ) for parameter maxResults is invalid. "
                f"Expecting a value between {smallest} and {largest}.",
            )
        if ids_given:
            raise combination("The parameters maxResults and resource ids cannot be used together.")
    query = query.order_by(key)
    if token:
        query = query.where(key > _open(call, operation, token))
    if limit is None:
        return list(call.session.scalars(query).unique()), None
    rows = list(call.session.scalars(query.limit(limit + 1)).unique())
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, _seal(call, operation, str(getattr(rows[-1], key.key)))
