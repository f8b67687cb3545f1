"""DeleteSnapshot: into the recycle bin if a rule says so, else for good."""

from amiable.api.call import Call
from amiable.api.ec2.recycle_bin import dispose_snapshot
from amiable.api.ec2.snapshot_access import own_snapshot
from amiable.api.ec2.snapshot_locks import check_unlocked
from amiable.api.table import Shape, operation
from amiable.model.image import images_on_snapshot
from amiable.protocol.faults import Fault


@operation("ec2", "DeleteSnapshot")
def delete_snapshot(call: Call, request: Shape) -> Shape:
    """Delete a snapshot that no image uses; its chunks go when nothing else names them."""
    snapshot = own_snapshot(call, request["SnapshotId"])
    images = images_on_snapshot(call.session, snapshot.id)
    if images:
        raise Fault(
            "InvalidSnapshot.InUse",
            f"The snapshot {snapshot.id} is currently in use by {', '.join(image.id for image in images)}",
        )
    check_unlocked(call, snapshot)
    if snapshot.state == "pending" and snapshot.writable_until is None:
        raise Fault("IncorrectState", f"The snapshot {snapshot.id} is pending; wait until it has completed.")
    dispose_snapshot(call, snapshot)
    return {}
