"""What has passed its time in the recycle bin goes: a chore."""

from sqlalchemy import select

from amiable.core import clock
from amiable.core.log import logger
from amiable.flows.host import Host
from amiable.model.database import Database
from amiable.model.image import Image, deregister
from amiable.model.snapshot import Snapshot, begin_delete

log = logger(__name__)


def empty(host: Host, database: Database) -> None:
    """Deregister images and delete snapshots for good whose time in the bin has passed."""
    now = clock.now()
    with database.write() as session:
        images = select(Image).where(Image.state == "recycled", Image.recycled_until <= now)
        for image in session.scalars(images.with_for_update(of=Image, skip_locked=True)):
            log.info("%s has passed its time in the recycle bin", image.id)
            deregister(session, image, now)
        snapshots = select(Snapshot).where(Snapshot.state == "recoverable", Snapshot.recycled_until <= now)
        for snapshot in session.scalars(snapshots.with_for_update(of=Snapshot, skip_locked=True)):
            log.info("%s has passed its time in the recycle bin", snapshot.id)
            begin_delete(session, snapshot)
