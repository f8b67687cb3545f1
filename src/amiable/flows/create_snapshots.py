"""create-snapshots: from volumes at one instant to completed snapshots, no image.

    begin ─┬─ running ──► capture ──► ingest ──► publish ──► release ──► done
           ├─ stopped, or on no instance ──►┘
           └─ attached or detached since the request ──► the same story, for where the volume is now

The subject is the instance that has the volumes, or the volume that no instance has, so that the story runs
before or after whatever else is done with them. The point in time is moment.py's.
"""

from amiable.core.errors import AmiableError, Conflict, NotFound
from amiable.core.log import logger
from amiable.flows import moment
from amiable.flows.host import Host
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.flow import enqueue
from amiable.model.snapshot import Snapshot, complete
from amiable.model.volume import Volume

log = logger(__name__)


def begin(work: Work[Host]) -> Next:
    """Choose the way; hand over when the volume went elsewhere, stop when another run has done it all."""
    with work.database.read() as session:
        snapshots = [session.get(Snapshot, one) for one in work.state["snapshots"].values()]
        pending = any(row is not None and row.state == "pending" for row in snapshots)
        volumes = [session.get(Volume, one) for one in work.state["snapshots"]]
    if not pending:
        return Done()
    places = {_place(volume) for volume in volumes}
    if places != {work.subject}:
        if len(places) > 1:
            raise Conflict(f"The volumes are not all on {work.subject} any more.")
        (place,) = places
        with work.transaction() as session:
            host = volumes[0].host if volumes[0] else None
            enqueue(session, work.kind, place, host=host, snapshots=work.state["snapshots"])
        return Done()
    moment.choose(work)
    return Goto("capture" if work.state["live"] else "ingest")


def _place(volume: Volume | None) -> str:
    if volume is None:
        raise NotFound("A volume was deleted before its snapshot was taken.")
    return volume.subject


def capture(work: Work[Host]) -> Next:
    """Take the point in time; from here on the guest may write again."""
    moment.capture(work)
    return Goto("ingest")


def ingest(work: Work[Host]) -> Next:
    """Read what changed and store it, volume by volume."""
    moment.ingest(work)
    return Goto("publish")


def publish(work: Work[Host]) -> Next:
    """Complete all snapshots in one transaction."""
    with work.transaction() as session:
        complete(session, work.state["snapshots"].values())
        moment.note_latest(work, session)
    return Goto("release")


def release(work: Work[Host]) -> Next:
    """Close the point in time; its bitmaps stay for the next one."""
    moment.close(work, keep=True)
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The snapshots are in error, with the reason; what ran goes on."""
    with work.transaction() as session:
        for snapshot_id in work.state["snapshots"].values():
            snapshot = session.get(Snapshot, snapshot_id)
            if snapshot is not None and snapshot.state == "pending":
                snapshot.state, snapshot.state_message = "error", reason
    try:
        moment.close(work, keep=False)
    except AmiableError as trouble:
        log.error("%s: the point in time could not be closed: %s", work.subject, trouble)


create_snapshots = story("create-snapshots", begin, capture, ingest, publish, release, failed=failed)
