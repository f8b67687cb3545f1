"""import-disk: a disk file in the import folder becomes an available image.

    convert ──► ingest ──► publish ──► tidy ──► done

convert   the untrusted file is checked and read by an unprivileged process into a raw file (importer.py)
ingest    the raw file goes into the store
publish   snapshot complete, image available, sizes known
tidy      the raw file goes; the imported file stays, it is its owner's
"""

import shutil

from amiable.flows.disk_files import into_store, note_size, to_raw
from amiable.flows.host import Host
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import withdraw
from amiable.flows.story import Done, Goto, Next, Work, story


def convert(work: Work[Host]) -> Next:
    """Make a raw disk of the file, checking it on the way."""
    folder = work.host.work_directory(work.number)
    folder.mkdir(parents=True, exist_ok=True)
    disk = to_raw(
        work,
        work.host.settings.import_folder / work.state["file"],
        folder / "disk.raw",
        work.state["snapshot_id"],
        checksum=work.state.get("checksum"),
    )
    with work.transaction() as session:
        note_size(session, work.subject, work.state["snapshot_id"], disk.virtual_size)
    return Goto("ingest")


def ingest(work: Work[Host]) -> Next:
    """Store it."""
    into_store(work, work.host.work_directory(work.number) / "disk.raw", work.state["snapshot_id"])
    return Goto("publish")


def publish(work: Work[Host]) -> Next:
    """Make the image available."""
    with work.transaction() as session:
        publish_rows(session, work.subject, [work.state["snapshot_id"]])
    return Goto("tidy")


def tidy(work: Work[Host]) -> Next:
    """Remove the raw file."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The image failed, with its reason."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    with work.transaction() as session:
        withdraw(session, work.subject, [work.state["snapshot_id"]], reason)


import_disk = story("import-disk", convert, ingest, publish, tidy, failed=failed)
