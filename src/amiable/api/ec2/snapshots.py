"""Snapshots: describe, delete."""

from sqlalchemy import or_

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.faults import not_found
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.model.flow import enqueue
from amiable.model.image import images_on_snapshot
from amiable.model.snapshot import GONE_STATES, Snapshot
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

FILTERS: dict[str, filters.Filter] = {
    "description": filters.text(Snapshot.description),
    "encrypted": filters.constant("false"),
    "owner-alias": filters.constant(None),
    "owner-id": filters.text(Snapshot.account_id),
    "progress": lambda value: filters.number(Snapshot.progress)(value.rstrip("%")),
    "snapshot-id": filters.text(Snapshot.id),
    "start-time": filters.instant(Snapshot.started_at),
    "status": filters.text(Snapshot.state),
    "storage-tier": filters.constant("standard"),
    "volume-id": filters.text(Snapshot.volume_id),
    "volume-size": filters.number(Snapshot.volume_size),
}


@operation("ec2", "DescribeSnapshots")
def describe_snapshots(call: Call, request: Shape) -> Shape:
    """The caller's snapshots, by id, owner and filters."""
    query = select_owned(call, Snapshot).where(Snapshot.state.not_in(GONE_STATES))
    narrowed = [
        or_(*(Snapshot.account_id == _account(call, one) for one in request[member]))
        for member in ("OwnerIds", "RestorableByUserIds")
        if request.get(member)
    ]
    rows, tags, token = listed(
        call, "DescribeSnapshots", request, query, Snapshot.id, "snap", "SnapshotIds", FILTERS, narrowed
    )
    return answer("Snapshots", [snapshot_shape(row, tags.get(row.id)) for row in rows], token)


def _account(call: Call, owner: str) -> str:
    return call.account_id if owner == "self" else owner


def snapshot_shape(snapshot: Snapshot, tags: dict[str, str] | None) -> Shape:
    """A snapshot as EC2 prints it."""
    shape: Shape = {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id or "vol-ffffffff",
        "State": snapshot.state,
        "StartTime": snapshot.started_at,
        "Progress": f"{snapshot.progress}%",
        "OwnerId": snapshot.account_id,
        "Description": snapshot.description or "",
        "VolumeSize": snapshot.volume_size,
        "Encrypted": False,
        "StorageTier": "standard",
        "Tags": tag_set(tags),
    }
    if snapshot.completed_at:
        shape["CompletionTime"] = snapshot.completed_at
    if snapshot.state_message:
        shape["StateMessage"] = snapshot.state_message
    return shape


@operation("ec2", "DeleteSnapshot")
def delete_snapshot(call: Call, request: Shape) -> Shape:
    """Delete a snapshot that no image uses; its chunks go when nothing else names them."""
    snapshot = owned(call, Snapshot, "snap", request["SnapshotId"], lock=True)
    snapshot_id = snapshot.id
    if snapshot.state in GONE_STATES:
        raise not_found("snap", snapshot_id)
    images = images_on_snapshot(call.session, snapshot_id)
    if images:
        raise Fault(
            "InvalidSnapshot.InUse",
            f"The snapshot {snapshot_id} is currently in use by {', '.join(image.id for image in images)}",
        )
    if snapshot.state == "pending":
        raise Fault("IncorrectState", f"The snapshot {snapshot_id} is pending; wait until it has completed.")
    begin_delete(call, snapshot)
    return {}


def begin_delete(call: Call, snapshot: Snapshot) -> None:
    """Mark a snapshot as going and start the story that removes it."""
    if snapshot.state != "pending":  # a pending one belongs to its image's story, which removes it
        snapshot.state = "deleting"
        drop_tags(call.session, snapshot.id)
        enqueue(call.session, "delete-snapshot", snapshot.id)
