"""create-image: from an instance's volumes at one instant to an available image.

    begin ─┬─ reboot wanted ──► shut_down ──► restart ──► capture ──┐
           ├─ running ─────────────────────────────────► capture ──┼─► ingest ──► publish ──► release ──► done
           └─ stopped ──────────────────────────────────────────────┘

capture   the point in time: all volumes in one instant, in milliseconds; the guest goes on
ingest    what changed since the last snapshot (or the base image) goes into the store
publish   snapshots complete, image available, in one transaction
release   the point in time is closed

With reboot the machine is started again *paused*, the point is taken before its first instruction, and it
goes on: the image holds a cleanly shut down disk, and the instance is away no longer than a reboot takes.
A point in time lives in QEMU, so it survives this server; a step that runs again finds it by the image's id.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from amiable.blocks.ingest import ingest as store_source
from amiable.blocks.manifest import Manifest, load
from amiable.compute import machine, process
from amiable.compute.point_in_time import PointInTime, close_live, open_live
from amiable.compute.point_record import Marks
from amiable.compute.source import VolumeSource
from amiable.compute.stopped import close_stopped, open_stopped
from amiable.core.errors import AmiableError, NotFound
from amiable.core.log import logger
from amiable.flows import networks
from amiable.flows.host import Host
from amiable.flows.machines import boot, disk_of, instance_of
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import stored, withdraw
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.flows.whole import WholeVolume
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.snapshot import Snapshot
from amiable.model.volume import Volume

log = logger(__name__)


def _is_on(work: Work[Host]) -> bool:
    running = process.find(work.host.machine_directory(work.subject))
    if running is not None:
        running.close()
    return running is not None


def begin(work: Work[Host]) -> Next:
    """Choose the way, and fix which earlier snapshots this one builds on."""
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
        since = {}
        for volume_id in work.state["snapshots"]:
            latest = session.get_one(Volume, volume_id).latest_snapshot_id
            snapshot = session.get(Snapshot, latest) if latest else None
            if snapshot is not None and snapshot.state == "completed":
                since[volume_id] = snapshot.id
    work.state["since"] = since
    work.state["live"] = _is_on(work)
    work.state["reboot"] = work.state["reboot"] and work.state["live"] and instance.state == "running"
    if work.state["reboot"]:
        return Goto("shut_down")
    return Goto("capture" if work.state["live"] else "ingest")


def shut_down(work: Work[Host]) -> Next:
    """A clean shutdown, so that everything is on the disks."""
    grace = work.host.settings.stop_grace_seconds
    ended = machine.stop(work.host.machine_directory(work.subject), grace)
    work.state["clean"] = ended in ("clean", "absent")
    return Goto("restart")


def restart(work: Work[Host]) -> Next:
    """Start the machine again, but not yet its processors."""
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
    networks.refresh(work.host, work.database, instance.vpc_id)
    boot(work.host, instance, paused=True)
    return Goto("capture")


def _marks(work: Work[Host]) -> dict[str, Marks]:
    return {
        volume_id: Marks(bitmap=snapshot_id, since=work.state["since"].get(volume_id))
        for volume_id, snapshot_id in work.state["snapshots"].items()
    }


def _open_live(work: Work[Host]) -> PointInTime:
    freeze = 0.0 if work.state["reboot"] else 10.0
    directory = work.host.machine_directory(work.subject)
    return open_live(directory, work.state["image_id"], _marks(work), freeze_seconds=freeze)


def capture(work: Work[Host]) -> Next:
    """Take the point in time; from here on the guest may write again."""
    point = _open_live(work)
    point.close()
    clean = work.state["reboot"] and work.state["clean"]
    work.state["consistency"] = "file-system" if clean else point.consistency
    log.info(
        "%s: point in time for %s (%s consistent, guest paused %.1f ms)",
        work.subject,
        work.state["image_id"],
        work.state["consistency"],
        point.pause_ms,
    )
    if work.state["reboot"]:
        machine.cont(work.host.machine_directory(work.subject))
    return Goto("ingest")


@contextmanager
def _opened(work: Work[Host], instance: Instance) -> Iterator[PointInTime]:
    """The point in time, of the live machine or of the stopped volumes."""
    if work.state["live"]:
        point = _open_live(work)
        point = replace(point, consistency=work.state["consistency"])
    else:
        folder = work.host.work_directory(work.number)
        folder.mkdir(parents=True, exist_ok=True)
        clean = process.ended_in_order(work.host.machine_directory(work.subject))
        point = open_stopped(folder, instance.uid, _disks(work, instance), _marks(work), clean=clean)
    try:
        yield point
    finally:
        point.close()


def _disks(work: Work[Host], instance: Instance):  # type: ignore[no-untyped-def]
    wanted = work.state["snapshots"]
    return [disk_of(work.host, row.volume) for row in instance.attachments if row.volume_id in wanted]


def ingest(work: Work[Host]) -> Next:
    """Read what changed and store it, volume by volume."""
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
        volumes = {row.volume_id: row.volume for row in instance.attachments}
    with _opened(work, instance) as point:
        for volume_id, snapshot_id in work.state["snapshots"].items():
            _store(work, volumes[volume_id], snapshot_id, point)
    return Goto("publish")


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


def publish(work: Work[Host]) -> Next:
    """Make the image available."""
    snapshots: Mapping[str, str] = work.state["snapshots"]
    with work.transaction() as session:
        work.state["published"] = publish_rows(session, work.state["image_id"], snapshots.values())
        if work.state["published"]:
            for volume_id, snapshot_id in snapshots.items():
                volume = session.get(Volume, volume_id)
                if volume is not None:
                    volume.latest_snapshot_id = snapshot_id
    return Goto("release")


def _close(work: Work[Host], *, keep: bool) -> None:
    """Close the point in time, whichever kind it is."""
    directory = work.host.machine_directory(work.subject)
    if work.state.get("live"):
        close_live(directory, work.state["image_id"], keep=keep)
        return
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
    folder = work.host.work_directory(work.number)
    close_stopped(folder, _disks(work, instance), _marks(work), keep=keep)
    shutil.rmtree(folder, ignore_errors=True)


def release(work: Work[Host]) -> Next:
    """Close the point in time; its bitmaps stay for the next image."""
    _close(work, keep=work.state["published"])
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The image failed, with its reason; the instance goes on as before."""
    with work.transaction() as session:
        image = session.get_one(Image, work.state["image_id"])
        withdraw(session, image.id, work.state["snapshots"].values(), reason)
        instance = instance_of(session, work.subject)
        should_run = instance.state == "running"
    if "since" not in work.state:
        return  # nothing was opened
    try:
        _close(work, keep=False)
    except AmiableError as trouble:
        log.error("%s: the point in time could not be closed: %s", work.subject, trouble)
    if should_run and work.state["reboot"]:
        _bring_back(work, instance)


def _bring_back(work: Work[Host], instance: Instance) -> None:
    """A reboot that stopped half-way is finished, so that the instance runs as before."""
    directory = work.host.machine_directory(work.subject)
    if machine.status(directory) == "absent":
        networks.refresh(work.host, work.database, instance.vpc_id)
        boot(work.host, instance)
    elif machine.status(directory) == "paused":
        machine.cont(directory)


create_image = story(
    "create-image", begin, shut_down, restart, capture, ingest, publish, release, failed=failed
)
