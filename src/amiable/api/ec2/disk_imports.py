"""What ImportImage and ImportSnapshot share: the disk files they name, and how they are printed."""

from collections.abc import Mapping
from typing import Any

from amiable.api.call import Call
from amiable.api.ec2.locations import container_location
from amiable.api.faults import invalid, unsupported
from amiable.api.table import Shape
from amiable.core import ids
from amiable.flows.import_task import FORMATS
from amiable.flows.places import FILES
from amiable.model.snapshot import Snapshot
from amiable.model.task import Task

NOT_ENCRYPTED = {"Encrypted": "nothing is encrypted at rest", "KmsKeyId": "nothing is encrypted at rest"}


def disk_of(call: Call, container: Mapping[str, Any], task: str) -> dict[str, Any]:
    """What the story gets of a container that names a file: with a pending snapshot for its content."""
    form = (container.get("Format") or "").upper()
    if form == "OVA":
        raise unsupported("OVA files are not supported: unpack it with tar, and import the VMDK in it.")
    if form and form not in FORMATS:
        raise invalid(f"The format {container['Format']} is none of {', '.join(FORMATS)}.")
    place = container_location(call, container)
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=call.region,
        account_id=call.account_id,
        volume_size=1,  # known once the file has been read
        description=f"Created by AWS-VMImport service for {task}",
        started_at=call.now,
    )
    call.session.add(snapshot)
    return {
        "snapshot_id": snapshot.id,
        "bucket": place.bucket,
        "key": place.key,
        "format": form,
        "description": container.get("Description") or "",
        "device_name": container.get("DeviceName") or "",
    }


def detail_shape(call: Call, task: Task, disk: Mapping[str, Any]) -> Shape:
    """A disk of a task as EC2 prints it."""
    shape: Shape = {"SnapshotId": disk["snapshot_id"]}
    for member, name in (("Format", "format"), ("Description", "description"), ("DeviceName", "device_name")):
        if disk.get(name):
            shape[member] = disk[name]
    if disk.get("bucket") == FILES:
        shape["Url"] = FILES + disk["key"]
    elif disk.get("bucket"):
        shape["UserBucket"] = {"S3Bucket": disk["bucket"], "S3Key": disk["key"]}
    if size := (task.detail.get("sizes") or {}).get(disk["snapshot_id"]):
        shape["DiskImageSize"] = float(size)
    return shape


def progress_of(call: Call, task: Task) -> int:
    """Per cent, by the snapshots that it makes."""
    made = [disk["snapshot_id"] for disk in task.detail["disks"] if disk.get("bucket")]
    rows = [call.session.get(Snapshot, one) for one in made]
    return sum(row.progress for row in rows if row is not None) // max(len(made), 1)
