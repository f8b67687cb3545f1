"""CreateSnapshot of one volume, CreateSnapshots of several volumes of an instance at one instant.

The operations write the snapshots (`pending`) and the story `create-snapshots`, which takes the point in time
(flows/create_snapshots.py). A running guest goes on; its file systems are frozen for the instant if it has a
guest agent.
"""

from collections.abc import Mapping

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.ec2.snapshots import snapshot_shape
from amiable.api.faults import invalid, unsupported
from amiable.api.owned import owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.model.flow import enqueue
from amiable.model.instance import Instance
from amiable.model.product_code import inherit_codes
from amiable.model.snapshot import Snapshot
from amiable.model.tag import tags_of
from amiable.model.volume import Volume
from amiable.protocol.faults import Fault


def settled_instance(call: Call, instance_id: str, what: str) -> Instance:
    """The caller's instance, locked, that is running or stopped, so that `what` can be made of it."""
    instance = owned(call, Instance, "i", instance_id, lock=True)
    if instance.state not in ("running", "stopped"):
        raise Fault(
            "IncorrectInstanceState",
            f"Instance '{instance_id}' is not in a state from which {what} can be created: it is "
            f"{instance.state}, and must be running or stopped.",
        )
    return instance


def check_room(call: Call, new: int) -> None:
    """Raise the quotas' faults if so many new snapshots would be too many."""
    for quota, states in (
        ("snapshots", ("pending", "completed", "error", "recoverable")),
        ("pending-snapshots", ("pending",)),
    ):
        query = select(func.count()).where(
            Snapshot.account_id == call.account_id,
            Snapshot.region == call.region,
            Snapshot.state.in_(states),
        )
        check_quota(call, quota, (call.session.scalar(query) or 0) + new)


def pending_snapshot(
    call: Call, volume: Volume, description: str | None, tags: Mapping[str, str] | None, size: int = 0
) -> Snapshot:
    """The row of a volume's new snapshot, tagged, with the product codes of its volume.

    `size` in GiB, where it is not the volume's.
    """
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=call.region,
        account_id=call.account_id,
        volume_id=volume.id,
        volume_size=size or volume.size,
        state="pending",
        progress=0,
        description=description,
        started_at=call.now,
    )
    call.session.add(snapshot)
    apply(call, snapshot.id, "snapshot", tags)
    inherit_codes(call.session, snapshot.id, volume.id)
    return snapshot


def _checked(request: Shape) -> Mapping[str, str]:
    """The tags of a request whose other parameters can be obeyed."""
    if request.get("OutpostArn") or request.get("Location") not in (None, "regional"):
        raise unsupported(
            "Snapshots are kept in the region's store: OutpostArn and Location are not supported."
        )
    if len(request.get("Description") or "") > 255:
        raise invalid("The description must not be longer than 255 characters.")
    return specified(request, "snapshot").get("snapshot", {})


@operation("ec2", "CreateSnapshot")
def create_snapshot(call: Call, request: Shape) -> Shape:
    """Make a snapshot of a volume, attached or not; what changed since its last one is read and stored."""
    tags = _checked(request)
    volume = owned(call, Volume, "vol", request["VolumeId"], lock=True)
    if volume.state not in ("available", "in-use"):
        raise Fault(
            "IncorrectState", f"The volume {volume.id} is {volume.state}; it must be available or in-use."
        )
    check_room(call, 1)
    snapshot = pending_snapshot(call, volume, request.get("Description"), tags)
    call.session.flush()
    snapshots = {volume.id: snapshot.id}
    enqueue(call.session, "create-snapshots", volume.subject, host=volume.host, snapshots=snapshots)
    return snapshot_shape(snapshot, dict(tags))


@operation("ec2", "CreateSnapshots")
def create_snapshots(call: Call, request: Shape) -> Shape:
    """Make snapshots of an instance's volumes, all of the same instant."""
    tags = _checked(request)
    asked = request["InstanceSpecification"]
    instance = settled_instance(call, asked["InstanceId"], "snapshots")
    volumes = _chosen(instance, asked)
    check_room(call, len(volumes))
    copied = {}
    if request.get("CopyTagsFromSource"):
        copied = tags_of(call.session, [volume.id for volume in volumes], call.account_id)
    shapes, snapshots = [], {}
    for volume in volumes:
        own = copied.get(volume.id, {}) | dict(tags)
        snapshot = pending_snapshot(call, volume, request.get("Description"), own)
        snapshots[volume.id] = snapshot.id
        shape = snapshot_shape(snapshot, own)
        del shape["StorageTier"]
        shapes.append(shape)
    call.session.flush()
    enqueue(call.session, "create-snapshots", instance.id, host=instance.host, snapshots=snapshots)
    return {"Snapshots": shapes}


def _chosen(instance: Instance, asked: Shape) -> list[Volume]:
    """The volumes that are to be taken, without those on their way out of the instance.

    Raises the faults for naming others, and for leaving out all.
    """
    excluded = set(asked.get("ExcludeDataVolumeIds") or ())
    if len(excluded) > 127:
        raise invalid("No more than 127 data volumes can be excluded.")
    attached = {row.volume_id: row for row in instance.attachments}
    if unknown := sorted(excluded - set(attached)):
        raise invalid(f"The volumes {', '.join(unknown)} are not attached to {instance.id}.")
    root = {one for one, row in attached.items() if row.device == instance.root_device_name}
    if excluded & root:
        raise invalid("ExcludeDataVolumeIds names the boot volume: use ExcludeBootVolume for it.")
    if asked.get("ExcludeBootVolume"):
        excluded |= root
    excluded |= {one for one, row in attached.items() if row.state == "detaching"}
    chosen = [attached[one].volume for one in sorted(attached) if one not in excluded]
    if not chosen:
        raise invalid(f"All volumes of {instance.id} are excluded: there is nothing to take.")
    return chosen
