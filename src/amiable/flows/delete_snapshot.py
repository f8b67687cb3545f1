"""delete-snapshot and collect: a snapshot's manifest goes at once, chunks when nothing names them.

    delete-snapshot:  remove_manifest ──► forget ──► done (the row is gone)
    collect:          sweep_store ──► done

Delete order (docs/store.md): the row is `deleting` → manifest → the row is gone → chunks, by collection.
"""

from sqlalchemy import delete, select

from amiable.blocks import collect as collection
from amiable.blocks.delete import delete_manifest
from amiable.blocks.upload import discard
from amiable.core.log import logger
from amiable.flows.host import Host
from amiable.flows.story import Done, Goto, Next, Wait, Work, story
from amiable.model.flow import Flow, enqueue
from amiable.model.snapshot import Snapshot, WrittenBlock
from amiable.model.tag import drop_tags
from amiable.model.volume import volumes_standing_on

log = logger(__name__)
WAIT_SECONDS = 300.0
"""When chunks that wait for an ingest in progress are looked at again."""


def remove_manifest(work: Work[Host]) -> Next:
    """Delete the manifest, and what a client put; no chunk yet. Not while a pending snapshot builds on it."""
    with work.database.read() as session:
        snapshot = session.get(Snapshot, work.subject)
    if snapshot is None:
        return Done()
    if _is_awaited(work, snapshot.id):
        return Wait(WAIT_SECONDS)
    delete_manifest(work.host.stores[snapshot.region], snapshot.id)
    discard(work.host.stores[snapshot.region], snapshot.id)
    return Goto("forget")


def _is_awaited(work: Work[Host], snapshot_id: str) -> bool:
    """Whether a client still writes a snapshot whose other blocks are to come from this one."""
    children = select(Snapshot.id).where(
        Snapshot.parent_id == snapshot_id,
        Snapshot.state == "pending",
        Snapshot.writable_minutes.is_not(None),
    )
    with work.database.read() as session:
        return session.scalar(children.limit(1)) is not None


def forget(work: Work[Host]) -> Next:
    """Delete the row, and have the store swept."""
    with work.transaction() as session:
        snapshot = session.get(Snapshot, work.subject)
        if snapshot is not None:
            drop_tags(session, snapshot.id)
            session.execute(delete(WrittenBlock).where(WrittenBlock.snapshot_id == snapshot.id))
            session.delete(snapshot)
            waiting = select(Flow).where(
                Flow.kind == "collect",
                Flow.subject == f"store-{snapshot.region}",
                Flow.outcome.is_(None),
                Flow.owner.is_(None),
            )
            if session.scalar(waiting.limit(1)) is None:
                enqueue(session, "collect", f"store-{snapshot.region}", region=snapshot.region)
    return Done()


def sweep_store(work: Work[Host]) -> Next:
    """Delete what no live snapshot names, and base images that no volume stands on if the cache is full."""
    region = str(work.state["region"])
    with work.database.read() as session:
        live = set(session.scalars(select(Snapshot.id).where(Snapshot.region == region)))
    plan = collection.plan(work.host.stores[region], live)
    log.info("store of %s: %s", region, plan.stats())
    collected = plan.execute()
    with work.database.read() as session:
        in_use = volumes_standing_on(session)
    work.host.cache.evict(in_use)
    return Wait(WAIT_SECONDS) if collected.chunks_waiting else Done()


def delete_failed(work: Work[Host], reason: str) -> None:
    """The row stays `deleting` with the reason; the next sweep removes the manifest that no row names."""
    with work.transaction() as session:
        snapshot = session.get(Snapshot, work.subject)
        if snapshot is not None:
            snapshot.state_message = reason


def collect_failed(work: Work[Host], reason: str) -> None:
    """Nothing to undo: the next collection plans anew."""
    log.error("the store of %s could not be collected: %s", work.state["region"], reason)


delete_snapshot = story("delete-snapshot", remove_manifest, forget, failed=delete_failed)
collect = story("collect", sweep_store, failed=collect_failed)
