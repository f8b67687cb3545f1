"""clean-image: from temporary snapshots of an instance to a cleaned image with a report.

    create-image (of temporary snapshots) ──► clean ──► ingest ──► report ──► publish ──► tidy ──► done
                                                └── nobody wants the image any more ─────►┘

clean     overlays on the temporary snapshots' base images; a machine without network removes what the
          operations name (compute/cleaner), and powers off
ingest    what it changed goes into the store, as the image's own snapshots
report    the hygiene report of these snapshots, by the same story as InspectImage's; it may find something
publish   snapshots complete, image available, temporary snapshots going, in one transaction
tidy      overlays and cached base images of the temporary snapshots go

A step that runs again starts with fresh overlays, so a machine that outlived its server is ended first. In
`work.state`: `parts`, the volumes with the root first, each with `volume`, `temporary` and `snapshot`;
`keep`, `disable`.
"""

import shutil
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from amiable.blocks.ingest import ingest as store_source
from amiable.blocks.manifest import load
from amiable.compute import block_server
from amiable.compute.cleaner import run
from amiable.compute.cleaner.kit import find_kit
from amiable.compute.disk import create_overlay
from amiable.compute.point_record import Marks
from amiable.compute.spec import Disk
from amiable.compute.stopped import open_stopped
from amiable.core.errors import NotFound
from amiable.core.log import logger
from amiable.flows.bases import ensure_base
from amiable.flows.host import Host
from amiable.flows.inspect import report_of
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import stored, withdraw
from amiable.flows.story import Done, Goto, Next, Wait, Work, story
from amiable.flows.turns import turn
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot, begin_delete, complete

log = logger(__name__)
AT_ONCE = 2
_slots = threading.BoundedSemaphore(AT_ONCE)


def hand_on(session: Session, work: Work[Host]) -> None:
    """Let create-image's temporary snapshots become a clean image; twice is as once."""
    cleaning: Mapping[str, Any] = work.state["cleaning"]
    temporary = [part["temporary"] for part in cleaning["parts"]]
    if all(session.get_one(Snapshot, one).state == "pending" for one in temporary):
        complete(session, temporary)
        enqueue(session, "clean-image", work.state["image_id"], host=work.host.name, **cleaning)


def abandon(session: Session, image_id: str, parts: Iterable[Mapping[str, str]], reason: str) -> None:
    """The image failed: its snapshots say why, the temporary ones go. Twice is as once."""
    parts = list(parts)
    withdraw(session, image_id, [part["snapshot"] for part in parts], reason)
    _drop(session, parts)


def _drop(session: Session, parts: Iterable[Mapping[str, str]]) -> None:
    for part in parts:
        snapshot = session.get(Snapshot, part["temporary"])
        if snapshot is not None and snapshot.state != "deleting":
            begin_delete(session, snapshot)


def _folder(work: Work[Host], name: str) -> Path:
    """A folder below the flow's own; the disks' users must be able to pass."""
    folder = work.host.work_directory(work.number)
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    return folder / name


def _disks(work: Work[Host]) -> list[Disk]:
    return [
        Disk(
            part["volume"],
            _folder(work, "disks") / f"{part['volume']}.qcow2",
            work.host.cache.path(part["temporary"]),
        )
        for part in work.state["parts"]
    ]


def clean(work: Work[Host]) -> Next:
    """Remove what the operations name, in a machine of its own."""
    run.stop(_folder(work, "machine"))
    with work.database.read() as session:
        image = session.get_one(Image, work.subject)
    if image.state != "pending":
        return Goto("publish")
    with turn(work.host, "cleaning", image.account_id, _slots) as free:
        return _clean(work) if free else Wait(1.0)


def _ensure_bases(work: Work[Host]) -> None:
    """The cache may evict them between two steps: no volume stands on them."""
    with work.database.read() as session:
        region = session.get_one(Image, work.subject).region
    for part in work.state["parts"]:
        ensure_base(work, region, part["temporary"])


def _clean(work: Work[Host]) -> Next:
    _ensure_bases(work)
    disks = _disks(work)
    shutil.rmtree(_folder(work, "disks"), ignore_errors=True)
    for disk in disks:
        assert disk.base is not None
        if not disk.base.exists():  # evicted meanwhile
            return Wait(0)
        create_overlay(disk.path, disk.base, disk.base.stat().st_size, work.host.settings.parser_uid)
    cleaned = run.clean(
        _folder(work, "machine"),
        find_kit(work.host.settings.data_dir),
        disks,
        uid=work.host.settings.parser_uid,
        accelerator="kvm" if work.host.accelerator == "kvm" else "tcg",
        keep=work.state["keep"],
        disable=work.state["disable"],
    )
    work.state["removed"] = [
        {"operation": each.operation, "files": each.files, "bytes": each.bytes} for each in cleaned.removed
    ]
    work.state["left"] = list(cleaned.left)
    return Goto("ingest")


def ingest(work: Work[Host]) -> Next:
    """Store what is different from the temporary snapshots."""
    _ensure_bases(work)
    marks = {part["volume"]: Marks(bitmap=part["snapshot"], since=None) for part in work.state["parts"]}
    reader = _folder(work, "reader")
    point = open_stopped(reader, work.host.settings.parser_uid, _disks(work), marks, clean=True)
    try:
        for part in work.state["parts"]:
            _store(work, part, point.volumes[part["volume"]])
    finally:
        point.close()
        block_server.stop(reader)
    return Goto("report")


def _store(work: Work[Host], part: Mapping[str, str], source: Any) -> None:
    with work.database.read() as session:
        temporary = session.get(Snapshot, part["temporary"])
    if temporary is None or temporary.manifest_digest is None:
        raise NotFound(f"The temporary snapshot {part['temporary']} has been deleted.")
    store = work.host.stores[temporary.region]
    ingested = store_source(
        store,
        source,
        name=part["snapshot"],
        parent=load(store, temporary.id, temporary.manifest_digest),
        progress=snapshot_progress(work, part["snapshot"]),
    )
    with work.transaction() as session:
        stored(session, part["snapshot"], ingested, consistency=temporary.consistency)


def report(work: Work[Host]) -> Next:
    """Have the image inspected as InspectImage does, and wait for the answer."""
    with work.transaction() as session:
        image = session.get_one(Image, work.subject)
        if image.state != "pending":
            return Goto("publish")
        inspection = report_of(session, image)
        work.state["inspection"] = inspection.id
        pending = inspection.state == "pending"
    return Wait(0.5) if pending else Goto("publish")


def publish(work: Work[Host]) -> Next:
    """Make the image available, with what was removed and its report."""
    with work.transaction() as session:
        if publish_rows(session, work.subject, [part["snapshot"] for part in work.state["parts"]]):
            image = session.get_one(Image, work.subject)
            image.cleaning = {
                **(image.cleaning or {}),
                "removed": work.state["removed"],
                "left": work.state["left"],
                "inspection": work.state["inspection"],
            }
        _drop(session, work.state["parts"])
    return Goto("tidy")


def tidy(work: Work[Host]) -> Next:
    """Leave nothing of what was removed on this host."""
    run.stop(_folder(work, "machine"))
    block_server.stop(_folder(work, "reader"))
    for part in work.state["parts"]:
        work.host.cache.path(part["temporary"]).unlink(missing_ok=True)
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The image failed, with its reason; nothing temporary stays."""
    with work.transaction() as session:
        abandon(session, work.subject, work.state["parts"], reason)
    tidy(work)


clean_image = story("clean-image", clean, ingest, report, publish, tidy, failed=failed)
