"""What every import does with a disk file: a checked raw disk of it, then the store."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from amiable.blocks.ingest import ingest
from amiable.blocks.source import raw_file_source
from amiable.compute.importer import DiskFile
from amiable.compute.importer import convert as convert_file
from amiable.flows.host import Host
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import stored
from amiable.flows.story import Work
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot

GIB = 1024**3
Check = Callable[[Session], None]


def to_raw(
    work: Work[Host],
    path: Path,
    raw: Path,
    snapshot_id: str,
    *,
    checksum: str | None = None,
    check: Check = lambda session: None,
) -> DiskFile:
    """Make `raw` of a stranger's disk file, by an unprivileged process. See importer.convert."""
    note = snapshot_progress(work, snapshot_id, upto=48, check=check)
    return convert_file(
        path,
        raw,
        raw.parent,
        work.host.settings.parser_uid,
        lambda what, fraction: note(int(fraction * 1000), 1000),
        checksum=checksum,
    )


def note_size(session: Session, image_id: str | None, snapshot_id: str, size: int) -> None:
    """Put a disk's size, in bytes, on its snapshot and its image's device."""
    session.get_one(Snapshot, snapshot_id).volume_size = gib(size)
    for device in session.get_one(Image, image_id).devices if image_id else ():
        if device.snapshot_id == snapshot_id:
            device.volume_size = gib(size)


def gib(size: int) -> int:
    """Bytes in whole GiB, rounded up."""
    return -(-size // GIB)


def into_store(work: Work[Host], raw: Path, snapshot_id: str, *, check: Check = lambda session: None) -> None:
    """Store a raw disk as the snapshot."""
    with work.database.read() as session:
        region = session.get_one(Snapshot, snapshot_id).region
    with raw_file_source(raw) as source:
        ingested = ingest(
            work.host.stores[region],
            source,
            name=snapshot_id,
            progress=snapshot_progress(work, snapshot_id, start=50, check=check),
        )
    with work.transaction() as session:
        stored(session, snapshot_id, ingested)
