"""CreateVolume and DeleteVolume.

The operations check and write the row (`creating`, `deleting`); the stories make and remove the file
(flows/volume_life.py).
"""

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.snapshot_access import readable_snapshot
from amiable.api.ec2.subscribed import check_subscribed
from amiable.api.ec2.volume_types import check_type
from amiable.api.ec2.volumes import volume_shape
from amiable.api.faults import invalid, unsupported
from amiable.api.owned import owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.model.flow import enqueue
from amiable.model.product_code import inherit_codes
from amiable.model.tag import tags_of
from amiable.model.volume import Volume
from amiable.model.zone import zone_id
from amiable.protocol.faults import Fault

_NOT_HERE = {
    "Encrypted": "nothing is encrypted at rest",
    "KmsKeyId": "nothing is encrypted at rest",
    "MultiAttachEnabled": "a volume is attached to one instance at a time",
    "OutpostArn": "there are no Outposts",
    "Operator": "there are no service providers",
    "VolumeInitializationRate": "a volume is ready in full when it is available",
}


def _zone(call: Call, request: Shape) -> str:
    """The availability zone, given by its name or id."""
    names = call.settings.zone_names(call.region)
    name, by_id = request.get("AvailabilityZone"), request.get("AvailabilityZoneId")
    if by_id and not name:
        name = next((one for one in names if zone_id(one, call.region) == by_id), by_id)
    if not name:
        raise Fault("MissingParameter", "The request must contain the parameter AvailabilityZone")
    if name not in names:
        raise Fault("InvalidZone.NotFound", f"The zone '{name}' does not exist.")
    return str(name)


def check_volume_quota(call: Call, new: int = 1) -> None:
    """Raise VolumeLimitExceeded if so many more volumes would be too many."""
    query = select(func.count()).where(Volume.account_id == call.account_id, Volume.region == call.region)
    check_quota(call, "volumes", (call.session.scalar(query) or 0) + new)


@operation("ec2", "CreateVolume")
def create_volume(call: Call, request: Shape) -> Shape:
    """Make a volume, blank or of a snapshot, in an availability zone."""
    if known := made_before(call, "CreateVolume", request):
        return _answer(call, owned(call, Volume, "vol", known))
    for name, reason in _NOT_HERE.items():
        if request.get(name):
            raise unsupported(f"The parameter {name} is not supported: {reason}.")
    zone = _zone(call, request)
    snapshot = readable_snapshot(call, request["SnapshotId"]) if request.get("SnapshotId") else None
    size = request.get("Size") or (snapshot.volume_size if snapshot else 0)
    if not size:
        raise Fault("MissingParameter", "The request must contain the parameter size or snapshotId")
    if snapshot:
        check_subscribed(call, snapshot.id)
        if size < snapshot.volume_size:
            raise invalid(f"A volume must be at least as large as its snapshot: {snapshot.volume_size} GiB.")
    kind = request.get("VolumeType") or "gp2"
    check_type(kind, size, request.get("Iops"), request.get("Throughput"))
    check_volume_quota(call)
    tags = specified(request, "volume")
    volume = Volume(
        id=ids.new_id("vol"),
        region=call.region,
        account_id=call.account_id,
        availability_zone=zone,
        size=size,
        volume_type=kind,
        iops=request.get("Iops"),
        throughput=request.get("Throughput"),
        state="creating",
        snapshot_id=snapshot.id if snapshot else None,
        host=call.settings.host_name,
        created_at=call.now,
    )
    call.session.add(volume)
    apply(call, volume.id, "volume", tags.get("volume"))
    if snapshot:
        inherit_codes(call.session, volume.id, snapshot.id)
    remember(call, "CreateVolume", request, volume.id)
    call.session.flush()
    enqueue(call.session, "create-volume", volume.id, host=volume.host)
    return _answer(call, volume)


def _answer(call: Call, volume: Volume) -> Shape:
    return volume_shape(volume, tags_of(call.session, [volume.id], call.account_id).get(volume.id))


@operation("ec2", "DeleteVolume")
def delete_volume(call: Call, request: Shape) -> Shape:
    """Delete a volume that is not attached; its snapshots stay."""
    volume = owned(call, Volume, "vol", request["VolumeId"], lock=True)
    if volume.attachment is not None:
        raise Fault(
            "VolumeInUse", f"Volume {volume.id} is currently attached to {volume.attachment.instance_id}"
        )
    if volume.state == "deleting":
        return {}
    if volume.state not in ("available", "error"):
        raise Fault(
            "IncorrectState", f"The volume {volume.id} is {volume.state}; wait until it is available."
        )
    begin_delete(call, volume)
    return {}


def begin_delete(call: Call, volume: Volume) -> None:
    """Mark a volume as going and start the story that removes it."""
    volume.state = "deleting"
    enqueue(call.session, "delete-volume", volume.id, host=volume.host)
