"""import-disk: a disk file in the import folder becomes an available image.

    convert ──► ingest ──► publish ──► tidy ──► done

convert   the untrusted file is checked and read by an unprivileged process into a raw file (importer.py)
ingest    the raw file goes into the store
publish   snapshot complete, image available, sizes known
tidy      the raw file goes; the imported file stays, it is its owner's
"""

import shutil

from amiable.blocks.ingest import ingest as store_source
from amiable.blocks.source import raw_file_source
from amiable.compute.importer import convert as convert_file
from amiable.flows.host import Host
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import stored, withdraw
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot

GIB = 1024**3


def convert(work: Work[Host]) -> Next:
    """Make a raw disk of the file, checking it on the way."""
    folder = work.host.work_directory(work.number)
    folder.mkdir(parents=True, exist_ok=True)
    note = snapshot_progress(work, work.state["snapshot_id"], upto=48)
    disk = convert_file(
        work.host.settings.import_folder / work.state["file"],
        folder / "disk.raw",
        folder,
        work.host.settings.parser_uid,
        lambda what, fraction: note(int(fraction * 1000), 1000),
        checksum=work.state.get("checksum"),
    )
    gib = -(-disk.virtual_size // GIB)
    with work.transaction() as session:
        session.get_one(Snapshot, work.state["snapshot_id"]).volume_size = gib
        session.get_one(Image, work.subject).devices[0].volume_size = gib
    return Goto("ingest")


def ingest(work: Work[Host]) -> Next:
    """Store it."""
    snapshot_id = work.state["snapshot_id"]
    with work.database.read() as session:
        region = session.get_one(Image, work.subject).region
    with raw_file_source(work.host.work_directory(work.number) / "disk.raw") as source:
        ingested = store_source(
            work.host.stores[region],
            source,
            name=snapshot_id,
            progress=snapshot_progress(work, snapshot_id, start=50),
        )
    with work.transaction() as session:
        stored(session, snapshot_id, ingested)
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
