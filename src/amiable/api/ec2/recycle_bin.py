"""The recycle bin: what goes there when it is deregistered or deleted, what lies there, and back out.

Rules (service `rbin`, model/recycle_rule.py) decide. What lies in the bin exists for nobody, but for its
owner here; it keeps its tags and whom it was shared with. Its time over, a chore (flows/recycle_bin.py)
removes it. A recycled image keeps its snapshots from being deleted, but not its name.
"""

from datetime import timedelta

from amiable.api.call import Call
from amiable.api.ec2.snapshots import snapshot_shape
from amiable.api.faults import not_found
from amiable.api.image_names import check_image_name
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.table import Shape, operation
from amiable.model.image import Image, deregister
from amiable.model.recycle_rule import retention_days
from amiable.model.snapshot import Snapshot, begin_delete
from amiable.model.tag import tags_of


def _kept_for(call: Call, resource_type: str, resource_id: str) -> timedelta | None:
    tags = tags_of(call.session, [resource_id], call.account_id).get(resource_id, {})
    days = retention_days(call.session, call.account_id, call.region, resource_type, tags)
    return None if days is None else timedelta(days=days)


def dispose_image(call: Call, image: Image) -> None:
    """Put an image into the bin if a rule says so; else it is deregistered for good."""
    kept = _kept_for(call, "EC2_IMAGE", image.id) if image.state in ("available", "disabled") else None
    if kept is None:
        deregister(call.session, image, call.now)
        return
    image.recycled_from, image.state = image.state, "recycled"
    image.recycled_at, image.recycled_until = call.now, call.now + kept


def dispose_snapshot(call: Call, snapshot: Snapshot) -> None:
    """Put a snapshot into the bin if a rule says so; else it is deleted for good."""
    kept = _kept_for(call, "EBS_SNAPSHOT", snapshot.id) if snapshot.state == "completed" else None
    if kept is None:
        begin_delete(call.session, snapshot)
        return
    snapshot.state = "recoverable"
    snapshot.recycled_at, snapshot.recycled_until = call.now, call.now + kept


@operation("ec2", "ListImagesInRecycleBin")
def list_images_in_recycle_bin(call: Call, request: Shape) -> Shape:
    """The caller's images in the bin, and when each leaves it."""
    query = select_owned(call, Image).where(Image.state == "recycled")
    rows, _, token = listed(
        call, "ListImagesInRecycleBin", request, query, Image.id, "ami", "ImageIds", {}, smallest=1
    )
    return answer("Images", [_entry("ImageId", row) | {"Name": row.name} for row in rows], token)


@operation("ec2", "ListSnapshotsInRecycleBin")
def list_snapshots_in_recycle_bin(call: Call, request: Shape) -> Shape:
    """The caller's snapshots in the bin, and when each leaves it."""
    query = select_owned(call, Snapshot).where(Snapshot.state == "recoverable")
    rows, _, token = listed(
        call, "ListSnapshotsInRecycleBin", request, query, Snapshot.id, "snap", "SnapshotIds", {}
    )
    shapes = [_entry("SnapshotId", row) | {"VolumeId": row.volume_id or "vol-ffffffff"} for row in rows]
    return answer("Snapshots", shapes, token)


def _entry(member: str, row: Image | Snapshot) -> Shape:
    return {
        member: row.id,
        "Description": row.description or "",
        "RecycleBinEnterTime": row.recycled_at,
        "RecycleBinExitTime": row.recycled_until,
    }


@operation("ec2", "RestoreImageFromRecycleBin")
def restore_image_from_recycle_bin(call: Call, request: Shape) -> Shape:
    """Take an image out of the bin; it is as it was. Refused while another image has its name."""
    image = owned(call, Image, "ami", request["ImageId"], lock=True)
    if image.state != "recycled":
        raise not_found("ami", image.id)
    check_image_name(call, image.name)
    image.state = image.recycled_from or "available"
    image.recycled_from = image.recycled_at = image.recycled_until = None
    return {"Return": True}


@operation("ec2", "RestoreSnapshotFromRecycleBin")
def restore_snapshot_from_recycle_bin(call: Call, request: Shape) -> Shape:
    """Take a snapshot out of the bin; it is as it was."""
    snapshot = owned(call, Snapshot, "snap", request["SnapshotId"], lock=True)
    if snapshot.state != "recoverable":
        raise not_found("snap", snapshot.id)
    snapshot.state = "completed"
    snapshot.recycled_at = snapshot.recycled_until = None
    shape = snapshot_shape(snapshot, None)
    members = [
        "SnapshotId",
        "VolumeId",
        "State",
        "StartTime",
        "Progress",
        "OwnerId",
        "Description",
        "VolumeSize",
        "Encrypted",
    ]
    return {member: shape[member] for member in members}
