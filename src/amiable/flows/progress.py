"""Progress of an ingest, written to the snapshot's row at most every second."""

from collections.abc import Callable

from sqlalchemy import update
from sqlalchemy.orm import Session

from amiable.core import clock
from amiable.flows.host import Host
from amiable.flows.story import Work
from amiable.model.snapshot import Snapshot

EVERY_SECONDS = 1.0


def snapshot_progress(
    work: Work[Host],
    snapshot_id: str,
    *,
    start: int = 0,
    upto: int = 98,
    check: Callable[[Session], None] = lambda session: None,
) -> Callable[[int, int], None]:
    """A callback: (position, size) becomes `start` to `upto` per cent of a pending snapshot.

    `check` is called in the same transaction, and raises when nobody wants the snapshot any more.
    """
    last = clock.monotonic()

    def note(position: int, size: int) -> None:
        nonlocal last
        if clock.monotonic() - last < EVERY_SECONDS:
            return
        last = clock.monotonic()
        with work.transaction() as session:
            check(session)
            session.execute(
                update(Snapshot)
                .where(Snapshot.id == snapshot_id, Snapshot.state == "pending")
                .values(progress=start + (upto - start) * position // max(size, 1))
            )

    return note
