"""copy-image and copy-snapshot: chunks that the region's store lacks, then manifests, then the rows.

    copy-image:     transfer ──► publish ──► done          deregistered meanwhile: the snapshots go
    copy-snapshot:  transfer ──► finish ──► done

transfer   every snapshot by blocks/replicate.py: resumable, so a killed step goes on where it was
publish    snapshots complete, image available, in one transaction

Deregistering a pending copy cancels it: its progress, written once a second, looks whether it is wanted.
"""

from sqlalchemy.orm import Session

from amiable.blocks.replicate import replicate
from amiable.core.errors import Conflict, NotFound
from amiable.core.log import logger
from amiable.flows.host import Host
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import stored, withdraw
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot, complete, fail

log = logger(__name__)


def _check_wanted(work: Work[Host], session: Session) -> None:
    """Raises Conflict when the image that is being made has been deregistered."""
    image = session.get(Image, work.subject)
    if image is not None and image.state != "pending":
        raise Conflict(f"The image {work.subject} is {image.state}: its copy was cancelled.")


def transfer(work: Work[Host]) -> Next:
    """Move what the region's store lacks of each snapshot."""
    for snapshot_id, source_id in work.state["snapshots"].items():
        _transfer(work, snapshot_id, source_id)
    return Goto("finish" if work.kind == "copy-snapshot" else "publish")


def _transfer(work: Work[Host], snapshot_id: str, source_id: str) -> None:
    with work.database.read() as session:
        _check_wanted(work, session)
        region = session.get_one(Snapshot, snapshot_id).region
        source = session.get(Snapshot, source_id)
    if source is None or source.manifest_digest is None:
        raise NotFound(f"The snapshot {source_id} was deleted before it was copied.")
    copied = replicate(
        work.host.stores[work.state["source_region"]],
        source_id,
        source.manifest_digest,
        work.host.stores[region],
        name=snapshot_id,
        progress=snapshot_progress(work, snapshot_id, check=lambda session: _check_wanted(work, session)),
    )
    log.info("%s: %d bytes travelled from %s", snapshot_id, copied.bytes_read, work.state["source_region"])
    with work.transaction() as session:
        stored(session, snapshot_id, copied)


def publish(work: Work[Host]) -> Next:
    """Make the image available."""
    with work.transaction() as session:
        publish_rows(session, work.subject, work.state["snapshots"])
    return Done()


def finish(work: Work[Host]) -> Next:
    """Complete the snapshot."""
    with work.transaction() as session:
        complete(session, [work.subject])
    return Done()


def image_failed(work: Work[Host], reason: str) -> None:
    """The image failed, with its reason; what arrived goes with the next collection."""
    with work.transaction() as session:
        withdraw(session, work.subject, work.state["snapshots"], reason)


def snapshot_failed(work: Work[Host], reason: str) -> None:
    """The snapshot failed, with its reason."""
    with work.transaction() as session:
        fail(session, [work.subject], reason)


copy_image = story("copy-image", transfer, publish, failed=image_failed)
copy_snapshot = story("copy-snapshot", transfer, finish, failed=snapshot_failed)
