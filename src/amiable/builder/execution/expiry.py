"""The end of what the build cache keeps: disks and images that no build has used for some time.

The snapshot goes before the row: a row whose snapshot is gone is forgotten by the next build that looks.
An image itself stays: the cache only forgets that it could be used again.
"""

from datetime import timedelta

from sqlalchemy import delete, select

from amiable.builder.cloud import Cloud, Refused, Where
from amiable.core import clock
from amiable.core.log import logger
from amiable.model.database import Database
from amiable.model.image_build import BuildCache

log = logger(__name__)


def forget_unused(database: Database, cloud: Cloud, days: int) -> None:
    """Delete the disks and forget the images that were last used more than `days` days ago."""
    before = clock.now() - timedelta(days=days)
    with database.read() as session:
        unused = session.scalars(select(BuildCache).where(BuildCache.used_at < before)).all()
    for row in unused:
        if row.snapshot_id is not None:
            try:
                cloud.delete_snapshot(Where(row.account_id, row.region), row.snapshot_id)
            except Refused as refused:
                log.info("%s stays in the build cache: %s", row.snapshot_id, refused)
                continue
        with database.write() as session:
            session.execute(
                delete(BuildCache).where(
                    BuildCache.key == row.key,
                    BuildCache.account_id == row.account_id,
                    BuildCache.region == row.region,
                    BuildCache.used_at < before,
                )
            )
