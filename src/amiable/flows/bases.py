"""Base images: what a volume of a snapshot stands on, in this host's cache."""

from amiable.compute.disk import create_overlay
from amiable.core.errors import NotFound
from amiable.flows.host import Host
from amiable.flows.story import Work
from amiable.model.snapshot import Snapshot
from amiable.model.volume import Volume

GIB = 1024**3


def ensure_base(work: Work[Host], region: str, snapshot_id: str | None) -> None:
    """Bring the base image of a snapshot into the cache, if it is not there. Raises NotFound."""
    if snapshot_id:
        work.host.cache.ensure(work.host.stores[region], snapshot_id, _digest(work, snapshot_id))


def _digest(work: Work[Host], snapshot_id: str) -> str:
    with work.database.read() as session:
        snapshot = session.get(Snapshot, snapshot_id)
        if snapshot is None or snapshot.manifest_digest is None:
            raise NotFound(f"The snapshot {snapshot_id} has been deleted.")
        return snapshot.manifest_digest


def make_overlay(host: Host, volume: Volume, owner: int) -> bool:
    """Make a volume's file; False when its base image has been evicted from the cache meanwhile."""
    base = host.cache.path(volume.snapshot_id) if volume.snapshot_id else None
    if base is not None and not base.exists():
        return False
    create_overlay(host.volume_path(volume.id), base, volume.size * GIB, owner)
    return True
