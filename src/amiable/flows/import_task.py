"""import-image and import-snapshot: disk files of a bucket or the import folder, as tasks.

    fetch ──► convert ──► ingest ──► publish ──► tidy ──► done       cancelled anywhere: failed, all goes

fetch     objects are copied here; files of the import folder are read where they lie
convert   each is checked and read by an unprivileged process into a raw file (importer.py)
ingest    the raw files go into the store
publish   snapshots complete, image available, task completed: in one transaction
tidy      the copies and raw files go; what was imported stays, it is its owner's
"""

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from amiable.compute.importer import DiskFile
from amiable.core.errors import InvalidInput
from amiable.flows import tasks
from amiable.flows.disk_files import Check, into_store, note_size, to_raw
from amiable.flows.host import Host
from amiable.flows.places import fetched
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import remove, withdraw
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.snapshot import complete, fail
from amiable.model.task import Task

FORMATS = {"RAW": "raw", "VMDK": "vmdk", "VHD": "vpc", "VHDX": "vhdx"}
"""EC2's names of formats → ours."""


def _disks(work: Work[Host]) -> list[dict[str, Any]]:
    """The disks to import; those that are snapshots already have no `bucket`."""
    return [disk for disk in work.state["disks"] if disk.get("bucket")]


def _files(work: Work[Host], disk: dict[str, Any]) -> tuple[Path, Path]:
    """(copy of the object, raw disk)."""
    folder = work.host.work_directory(work.number)
    return folder / f"{disk['snapshot_id']}.object", folder / f"{disk['snapshot_id']}.raw"


def _path(work: Work[Host], disk: dict[str, Any]) -> Path:
    with work.database.read() as session:
        account_id = session.get_one(Task, work.subject).account_id
    copy, _ = _files(work, disk)
    if copy.exists():
        return copy
    part = copy.with_suffix(".part")
    path = fetched(work.host.settings, account_id, disk["bucket"], disk["key"], part)
    return part.rename(copy) if path == part else path


def fetch(work: Work[Host]) -> Next:
    """Copy objects here."""
    tasks.note(work, "downloading")
    work.host.work_directory(work.number).mkdir(parents=True, exist_ok=True)
    for disk in _disks(work):
        _path(work, disk)
    return Goto("convert")


def convert(work: Work[Host]) -> Next:
    """Make raw disks of the files, checking them on the way."""
    tasks.note(work, "converting")
    for disk in _disks(work):
        copy, raw = _files(work, disk)
        if not raw.exists():
            new = raw.with_suffix(".new")
            found = to_raw(work, _path(work, disk), new, disk["snapshot_id"], check=_checking(work))
            _check_format(disk, found)
            new.rename(raw)
        copy.unlink(missing_ok=True)
    with work.transaction() as session:
        _note_sizes(work, session)
    return Goto("ingest")


def _checking(work: Work[Host]) -> Check:
    return lambda session: tasks.check_active(work, session)


def _check_format(disk: dict[str, Any], found: DiskFile) -> None:
    wanted = disk.get("format")
    if wanted and FORMATS[wanted] != found.format:
        raise InvalidInput(f"{disk['key']} is no {wanted} file: its content is {found.format}.")


def _note_sizes(work: Work[Host], session: Session) -> None:
    """Sizes on what is made, and on the task for who asks."""
    sizes = {disk["snapshot_id"]: _files(work, disk)[1].stat().st_size for disk in _disks(work)}
    task = session.get_one(Task, work.subject)
    task.detail = task.detail | {"sizes": sizes}
    for snapshot_id, size in sizes.items():
        note_size(session, work.state.get("image_id"), snapshot_id, size)


def ingest(work: Work[Host]) -> Next:
    """Store them."""
    tasks.note(work, "updating")
    for disk in _disks(work):
        into_store(work, _files(work, disk)[1], disk["snapshot_id"], check=_checking(work))
    return Goto("publish")


def publish(work: Work[Host]) -> Next:
    """Complete the task and what it made."""
    made = [disk["snapshot_id"] for disk in _disks(work)]
    with work.transaction() as session:
        task = tasks.end(session, work.subject, "completed")
        if task.state == "cancelled":
            remove(session, made)
        elif image_id := work.state.get("image_id"):
            publish_rows(session, image_id, made)
        else:
            complete(session, made)
    return Goto("tidy")


def tidy(work: Work[Host]) -> Next:
    """Remove copies and raw files."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The task failed with its reason, or was cancelled; what it made fails or goes with it."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    made = [disk["snapshot_id"] for disk in _disks(work)]
    with work.transaction() as session:
        task = tasks.end(session, work.subject, "failed", reason)
        if image_id := work.state.get("image_id"):
            withdraw(session, image_id, made, reason)
        elif task.state == "cancelled":
            remove(session, made)
        else:
            fail(session, made, reason)


import_image = story("import-image", fetch, convert, ingest, publish, tidy, failed=failed)
import_snapshot = story("import-snapshot", fetch, convert, ingest, publish, tidy, failed=failed)
