"""complete-upload and discard-upload: snapshots whose blocks clients put.

    complete-upload:  ingest ──► publish ──► tidy ──► done
    discard-upload:   discard ──► done                 (its time is over, the snapshot is in error)

ingest    the staged blocks, over the parent's, go into the store under a lease, like any other source
publish   the snapshot is completed
tidy      the staged blocks go; before that every step finds all it needs again
"""

from sqlalchemy import delete, select

from amiable.blocks.ingest import ingest as store_source
from amiable.blocks.manifest import load
from amiable.blocks.upload import Staged
from amiable.blocks.upload import discard as discard_blocks
from amiable.core import clock
from amiable.core.log import logger
from amiable.flows.host import Host
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import stored
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.database import Database
from amiable.model.flow import enqueue
from amiable.model.snapshot import Snapshot, WrittenBlock, complete

GIB = 1024**3

log = logger(__name__)


def ingest(work: Work[Host]) -> Next:
    """Store what was put. The parent's manifest stays until this snapshot is no longer pending."""
    with work.database.read() as session:
        snapshot = session.get_one(Snapshot, work.subject)
        query = select(WrittenBlock.block_index, WrittenBlock.chunk)
        rows = session.execute(query.where(WrittenBlock.snapshot_id == snapshot.id))
        blocks = {index: bytes.fromhex(chunk) for index, chunk in rows}
    store = work.host.stores[snapshot.region]
    parent = load(store, snapshot.parent_id) if snapshot.parent_id else None
    ingested = store_source(
        store,
        Staged(store, snapshot.id, snapshot.volume_size * GIB, blocks, parent),
        name=snapshot.id,
        parent=parent,
        progress=snapshot_progress(work, snapshot.id),
    )
    with work.transaction() as session:
        stored(session, snapshot.id, ingested)
    return Goto("publish")


def publish(work: Work[Host]) -> Next:
    """The snapshot is completed."""
    with work.transaction() as session:
        complete(session, [work.subject])
    return Goto("tidy")


def tidy(work: Work[Host]) -> Next:
    """The staged blocks go."""
    _discard(work)
    return Done()


def _discard(work: Work[Host]) -> None:
    with work.database.read() as session:
        snapshot = session.get(Snapshot, work.subject)
    if snapshot is not None:
        discard_blocks(work.host.stores[snapshot.region], snapshot.id)
    with work.transaction() as session:
        session.execute(delete(WrittenBlock).where(WrittenBlock.snapshot_id == work.subject))


def failed(work: Work[Host], reason: str) -> None:
    """The snapshot is in error, with the reason; the staged blocks go."""
    with work.transaction() as session:
        snapshot = session.get(Snapshot, work.subject)
        if snapshot is not None and snapshot.state == "pending":
            snapshot.state, snapshot.state_message = "error", reason
    _discard(work)


def discard(work: Work[Host]) -> Next:
    """The staged blocks of a snapshot that will never be completed go."""
    _discard(work)
    return Done()


def discard_failed(work: Work[Host], reason: str) -> None:
    """What is left goes when the snapshot is deleted."""
    log.error("what was put into %s could not be discarded: %s", work.subject, reason)


def expire(host: Host, database: Database) -> None:
    """A chore: snapshots that nothing was put into for too long, and that were not completed, fail."""
    with database.write() as session:
        late = select(Snapshot).where(Snapshot.state == "pending", Snapshot.writable_until <= clock.now())
        for snapshot in session.scalars(late.with_for_update(of=Snapshot, skip_locked=True)):
            snapshot.state = "error"
            minutes = snapshot.writable_minutes
            snapshot.state_message = f"It was not completed, and no block was put for {minutes} min."
            snapshot.writable_until = None
            enqueue(session, "discard-upload", snapshot.id)


complete_upload = story("complete-upload", ingest, publish, tidy, failed=failed)
discard_upload = story("discard-upload", discard, failed=discard_failed)
