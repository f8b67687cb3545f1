"""One instant of a machine's volumes, from its being taken to its snapshots: what create-image and
create-snapshots share.

    choose ──► capture (running) ──► ingest ──► … publish … ──► close
       └────── stopped, or no machine ──►┘

choose    which earlier snapshots these build on; whether a machine writes to the volumes
capture   the point in time: all volumes in one instant, in milliseconds; the guest goes on
ingest    what changed since the earlier snapshot (or the base image) goes into the store
close     the point in time ends; its dirty bitmaps stay for the next one if its snapshots were published

A point in time lives in QEMU, so it survives this server; a step that runs again finds it by its name. Kept
in `work.state`: `snapshots` (volume id → snapshot id), `since`, `live`, `consistency`. The flow's subject is
the instance, or a volume that no instance has.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.orm import Session

from amiable.blocks.ingest import ingest as store_source
from amiable.blocks.manifest import Manifest, load
from amiable.compute import process
from amiable.compute.point_in_time import PointInTime, close_live, open_live
from amiable.compute.point_record import Marks
from amiable.compute.source import VolumeSource
from amiable.compute.stopped import close_stopped, open_stopped
from amiable.core.errors import NotFound
from amiable.core.log import logger
from amiable.flows.host import Host
from amiable.flows.machines import disk_of
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import stored
from amiable.flows.story import Work
from amiable.flows.whole import WholeVolume
from amiable.model.instance import Instance
from amiable.model.snapshot import Snapshot
from amiable.model.volume import Volume

log = logger(__name__)


def choose(work: Work[Host]) -> None:
    """Fix what the snapshots build on, and whether the point is taken of a running machine."""
    since = {}
    with work.database.read() as session:
        for volume in _volumes(session, work):
            latest = volume.latest_snapshot_id
            snapshot = session.get(Snapshot, latest) if latest else None
            if snapshot is not None and snapshot.state == "completed":
                since[volume.id] = snapshot.id
    work.state["live"] = _is_on(work)
    work.state["since"] = since  # last: from here on there may be something to close


def _volumes(session: Session, work: Work[Host]) -> list[Volume]:
    found = [session.get(Volume, volume_id) for volume_id in work.state["snapshots"]]
    missing = [one for one, row in zip(work.state["snapshots"], found, strict=True) if row is None]
    if missing:
        raise NotFound(f"There is no volume {', '.join(missing)} any more.")
    return [row for row in found if row is not None]


def _is_on(work: Work[Host]) -> bool:
    running = process.find(work.host.machine_directory(work.subject))
    if running is not None:
        running.close()
    return running is not None


def _name(work: Work[Host]) -> str:
    """The point's name: the first of its snapshots' ids, which no other point has."""
    return str(min(work.state["snapshots"].values()))


def _marks(work: Work[Host]) -> dict[str, Marks]:
    return {
        volume_id: Marks(bitmap=snapshot_id, since=work.state["since"].get(volume_id))
        for volume_id, snapshot_id in work.state["snapshots"].items()
    }


def _open_live(work: Work[Host], freeze_seconds: float) -> PointInTime:
    directory = work.host.machine_directory(work.subject)
    return open_live(directory, _name(work), _marks(work), freeze_seconds=freeze_seconds)


def capture(work: Work[Host], *, freeze_seconds: float = 10.0) -> None:
    """Take the point in time of a running (or paused) machine; from here on the guest may write again.

    File systems are frozen for the instant if the guest's agent does it in `freeze_seconds` (0: not asked).
    """
    point = _open_live(work, freeze_seconds)
    point.close()
    work.state["freeze_seconds"] = freeze_seconds
    work.state["consistency"] = point.consistency
    log.info(
        "%s: point in time %s (%s consistent, guest paused %.1f ms)",
        work.subject,
        _name(work),
        point.consistency,
        point.pause_ms,
    )


@contextmanager
def _opened(work: Work[Host], volumes: Iterable[Volume]) -> Iterator[PointInTime]:
    """The point in time, of the live machine or of the stopped volumes."""
    if work.state["live"]:
        point = _open_live(work, work.state["freeze_seconds"])
        point = replace(point, consistency=work.state["consistency"])
    else:
        folder = work.host.work_directory(work.number)
        folder.mkdir(parents=True, exist_ok=True)
        disks = [disk_of(work.host, volume) for volume in volumes]
        clean = process.ended_in_order(work.host.machine_directory(work.subject))
        point = open_stopped(folder, _uid(work), disks, _marks(work), clean=clean)
    try:
        yield point
    finally:
        point.close()


def _uid(work: Work[Host]) -> int:
    """The user that the block server of stopped volumes runs as: the instance's, or a neutral one."""
    with work.database.read() as session:
        instance = session.get(Instance, work.subject)
    return work.host.settings.parser_uid if instance is None else instance.uid


def ingest(work: Work[Host]) -> None:
    """Read what changed and store it, volume by volume."""
    with work.database.read() as session:
        volumes = _volumes(session, work)
    with _opened(work, volumes) as point:
        for volume in volumes:
            _store(work, volume, work.state["snapshots"][volume.id], point)


def _store(work: Work[Host], volume: Volume, snapshot_id: str, point: PointInTime) -> None:
    source = point.volumes[volume.id]
    parent_id, parent = _parent(work, volume, source)
    ingested = store_source(
        work.host.stores[volume.region],
        source if parent is not None or parent_id is None else WholeVolume(source),
        name=snapshot_id,
        parent=parent,
        progress=snapshot_progress(work, snapshot_id),
    )
    log.info("%s: read %d bytes of %s", snapshot_id, ingested.bytes_read, volume.id)
    with work.transaction() as session:
        stored(session, snapshot_id, ingested, parent_id=parent_id, consistency=point.consistency)


def _parent(work: Work[Host], volume: Volume, source: VolumeSource) -> tuple[str | None, Manifest | None]:
    """The snapshot that unread parts are taken from, and its manifest; the latter None if it is gone."""
    parent_id = work.state["since"].get(volume.id) if source.incremental else volume.snapshot_id
    if parent_id is None:
        return None, None
    try:
        return parent_id, load(work.host.stores[volume.region], parent_id)
    except NotFound:
        log.info("%s: its parent %s has been deleted, reading everything", volume.id, parent_id)
        return parent_id, None


def note_latest(work: Work[Host], session: Session) -> None:
    """The next snapshots of these volumes build on the ones that were published now."""
    for volume_id, snapshot_id in work.state["snapshots"].items():
        volume = session.get(Volume, volume_id)
        if volume is not None:
            volume.latest_snapshot_id = snapshot_id


def close(work: Work[Host], *, keep: bool) -> None:
    """Close the point in time, whichever kind it is; harmless when none was opened.

    `keep`: its bitmaps stay for the next one, else those of its predecessors.
    """
    if "since" not in work.state:
        return
    if work.state["live"]:
        close_live(work.host.machine_directory(work.subject), _name(work), keep=keep)
        return
    with work.database.read() as session:
        found = [session.get(Volume, volume_id) for volume_id in work.state["snapshots"]]
    folder = work.host.work_directory(work.number)
    disks = [disk_of(work.host, volume) for volume in found if volume is not None]
    close_stopped(folder, disks, _marks(work), keep=keep)
    shutil.rmtree(folder, ignore_errors=True)
