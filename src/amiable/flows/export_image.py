"""export-image: an image's disk as a file of another format, in a bucket or the import folder.

    hydrate ──► convert ──► upload ──► tidy ──► done

The object appears whole or not at all; a cancelled task leaves none.
"""

import shutil
from pathlib import Path

from amiable.blocks.hydrate import hydrate as hydrate_file
from amiable.blocks.manifest import load
from amiable.compute import exporter
from amiable.core.errors import NotFound
from amiable.flows import tasks
from amiable.flows.host import Host
from amiable.flows.places import pieces_of, place_of
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.snapshot import Snapshot
from amiable.model.task import Task


def _raw(work: Work[Host]) -> Path:
    return work.host.work_directory(work.number) / "disk.raw"


def _converted(work: Work[Host]) -> Path:
    form = work.state["format"]
    return _raw(work) if form == "RAW" else _raw(work).with_suffix(f".{form.lower()}")


def hydrate(work: Work[Host]) -> Next:
    """The disk, as it was when the image was made."""
    tasks.note(work, "reading")
    _raw(work).parent.mkdir(parents=True, exist_ok=True)
    with work.database.read() as session:
        snapshot = session.get(Snapshot, work.state["snapshot_id"])
    if snapshot is None or snapshot.manifest_digest is None:
        raise NotFound(f"The snapshot {work.state['snapshot_id']} was deleted before it was exported.")
    store = work.host.stores[snapshot.region]
    hydrate_file(store, load(store, snapshot.id, snapshot.manifest_digest), _raw(work))
    return Goto("convert")


def convert(work: Work[Host]) -> Next:
    """The disk in the wanted format."""
    tasks.note(work, "converting")
    if work.state["format"] != "RAW":
        exporter.convert(_raw(work), _converted(work), work.state["format"])
    return Goto("upload")


def upload(work: Work[Host]) -> Next:
    """Write the object."""
    tasks.note(work, "uploading")
    with work.database.read() as session:
        account_id = session.get_one(Task, work.subject).account_id
    place = place_of(work.host.settings, account_id, work.state["bucket"])
    place.write(work.state["key"], pieces_of(_converted(work)), {})
    with work.transaction() as session:
        tasks.end(session, work.subject, "completed")
    return Goto("tidy")


def tidy(work: Work[Host]) -> Next:
    """Remove the temporary files."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The task failed, with its reason."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    with work.transaction() as session:
        tasks.end(session, work.subject, "failed", reason)


export_image = story("export-image", hydrate, convert, upload, tidy, failed=failed)
