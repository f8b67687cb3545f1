"""modify-volume: a volume grows, or changes its type; the rows have the new values since the request.

    grow ──► done (completed)

A running guest is told of the new size at once. Type, IOPS and throughput are what a volume says of itself:
one disk of the host is as fast as another. So `optimizing` is over as soon as it is reached.
"""

from amiable.compute import disk, hotplug
from amiable.core import clock
from amiable.flows.bases import GIB
from amiable.flows.host import Host
from amiable.flows.machines import disk_of
from amiable.flows.story import Done, Next, Work, story
from amiable.model.volume import Volume
from amiable.model.volume_modification import VolumeModification


def grow(work: Work[Host]) -> Next:
    """Make the disk as large as it should be: in the machine that has it, or the file."""
    with work.database.read() as session:
        volume = session.get(Volume, work.state["volume_id"])
        change = session.get(VolumeModification, work.state["volume_id"])
    if volume is None or change is None or change.state != "modifying":
        return Done()
    item = disk_of(work.host, volume)
    owner = volume.attachment.instance_id if volume.attachment else None
    directory = work.host.machine_directory(owner) if owner else None
    if directory is None or not hotplug.grow(directory, item, change.target_size * GIB):
        disk.grow(item.path, change.target_size * GIB)
    with work.transaction() as session:
        change = session.get_one(VolumeModification, volume.id)
        change.state = "completed"
        change.progress = 100
        change.ended_at = clock.now()
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The volume is what it was."""
    with work.transaction() as session:
        volume = session.get(Volume, work.state["volume_id"])
        change = session.get(VolumeModification, work.state["volume_id"])
        if volume is None or change is None or change.state != "modifying":
            return
        change.state = "failed"
        change.message = reason
        change.ended_at = clock.now()
        volume.size = change.original_size
        volume.volume_type = change.original_type
        volume.iops = change.original_iops
        volume.throughput = change.original_throughput


modify_volume = story("modify-volume", grow, failed=failed)
