"""After a change of rows that a VPC's real network follows: ask for the real one to be made equal."""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.model.flow import Flow, enqueue

REFRESH = "refresh-network"


def refresh_network(call: Call, vpc_id: str) -> None:
    """Have the network of a VPC refreshed after this transaction, once for all changes that still wait.

    The waiting flow is locked: a worker that claimed it before our commit would not see our change. When
    one has just claimed it, the locked read finds it no longer waiting, and another flow follows.
    """
    waiting = (
        select(Flow.number)
        .where(
            Flow.kind == REFRESH,
            Flow.subject == vpc_id,
            Flow.step == "",
            Flow.owner.is_(None),
            Flow.outcome.is_(None),
        )
        .limit(1)
        .with_for_update()
    )
    if call.session.scalar(waiting) is None:
        enqueue(call.session, REFRESH, vpc_id)
