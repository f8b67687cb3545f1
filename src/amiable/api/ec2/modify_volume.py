"""ModifyVolume and DescribeVolumesModifications: volumes grow while they are used, and change their type.

The row has the new values at once, so that what is asked for next (a snapshot, an image) is checked against
what it will find: its story runs after this one. The modification tells when the guest has them.
"""

from sqlalchemy import select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.volume_types import TYPES, check_type
from amiable.api.ec2.volumes import performance_shape
from amiable.api.faults import invalid, unsupported
from amiable.api.owned import answer, owned
from amiable.api.paging import page
from amiable.api.table import Shape, operation
from amiable.model.flow import enqueue
from amiable.model.volume import Volume
from amiable.model.volume_modification import VolumeModification
from amiable.protocol.faults import Fault

FILTERS: dict[str, filters.Filter] = {
    "modification-state": filters.text(VolumeModification.state),
    "original-iops": filters.number(VolumeModification.original_iops),
    "original-size": filters.number(VolumeModification.original_size),
    "original-volume-type": filters.text(VolumeModification.original_type),
    "originalMultiAttachEnabled": filters.constant("false"),
    "start-time": filters.instant(VolumeModification.started_at),
    "target-iops": filters.number(VolumeModification.target_iops),
    "target-size": filters.number(VolumeModification.target_size),
    "target-volume-type": filters.text(VolumeModification.target_type),
    "targetMultiAttachEnabled": filters.constant("false"),
    "volume-id": filters.text(VolumeModification.volume_id),
}


@operation("ec2", "ModifyVolume")
def modify_volume(call: Call, request: Shape) -> Shape:
    """Grow a volume, attached or not, or change its type; a running guest sees the new size at once."""
    if request.get("MultiAttachEnabled"):
        raise unsupported(
            "A volume is attached to one instance at a time: MultiAttachEnabled is not supported."
        )
    if not any(request.get(name) for name in ("Size", "VolumeType", "Iops", "Throughput")):
        raise Fault("MissingParameter", "The request must contain Size, VolumeType, Iops or Throughput.")
    volume = owned(call, Volume, "vol", request["VolumeId"], lock=True)
    if volume.state not in ("available", "in-use"):
        raise Fault(
            "IncorrectState", f"The volume {volume.id} is {volume.state}; it must be available or in-use."
        )
    change = call.session.get(VolumeModification, volume.id)
    if change is not None and change.state == "modifying":
        raise Fault(
            "IncorrectModificationState",
            f"Volume {volume.id} cannot be modified in modification state {change.state}",
        )
    size = request.get("Size") or volume.size
    if size < volume.size:
        raise invalid("New size cannot be smaller than existing size")
    kind, iops, throughput = _performance(volume, request)
    check_type(kind, size, iops, throughput)
    if change is not None:
        call.session.delete(change)
        call.session.flush()
    change = VolumeModification(
        volume_id=volume.id,
        state="modifying",
        progress=0,
        original_size=volume.size,
        target_size=size,
        original_type=volume.volume_type,
        target_type=kind,
        original_iops=volume.iops,
        target_iops=iops,
        original_throughput=volume.throughput,
        target_throughput=throughput,
        started_at=call.now,
    )
    call.session.add(change)
    volume.size, volume.volume_type, volume.iops, volume.throughput = size, kind, iops, throughput
    call.session.flush()
    enqueue(call.session, "modify-volume", volume.subject, host=volume.host, volume_id=volume.id)
    return {"VolumeModification": modification_shape(change)}


def _performance(volume: Volume, request: Shape) -> tuple[str, int | None, int | None]:
    """Type, IOPS and throughput to be: what is not said stays, unless the type changes."""
    kind = request.get("VolumeType") or volume.volume_type
    same = kind == volume.volume_type
    default = 3000 if kind in TYPES and TYPES[kind].iops else None
    iops = request.get("Iops") or (volume.iops if same else default)
    return kind, iops, request.get("Throughput") or (volume.throughput if same else None)


@operation("ec2", "DescribeVolumesModifications")
def describe_volumes_modifications(call: Call, request: Shape) -> Shape:
    """The last modification of each of the caller's volumes."""
    wanted = list(request.get("VolumeIds") or ())
    query = (
        select(VolumeModification)
        .join(Volume, Volume.id == VolumeModification.volume_id)
        .where(Volume.account_id == call.account_id, Volume.region == call.region)
        .where(*filters.conditions(FILTERS, request.get("Filters"), call))
    )
    for volume_id in wanted:
        owned(call, Volume, "vol", volume_id)
        if call.session.get(VolumeModification, volume_id) is None:
            raise Fault(
                "InvalidVolumeModification.NotFound", f"Modification for volume '{volume_id}' does not exist."
            )
    if wanted:
        query = query.where(VolumeModification.volume_id.in_(wanted))
    name = "DescribeVolumesModifications"
    rows, token = page(call, name, query, VolumeModification.volume_id, request, ids_given=wanted)
    return answer("VolumesModifications", [modification_shape(row) for row in rows], token)


def modification_shape(change: VolumeModification) -> Shape:
    """A modification as EC2 prints it."""
    shape: Shape = {
        "VolumeId": change.volume_id,
        "ModificationState": change.state,
        "TargetSize": change.target_size,
        "TargetVolumeType": change.target_type,
        "TargetMultiAttachEnabled": False,
        "OriginalSize": change.original_size,
        "OriginalVolumeType": change.original_type,
        "OriginalMultiAttachEnabled": False,
        "Progress": change.progress,
        "StartTime": change.started_at,
        **performance_shape(
            change.target_type, change.target_size, change.target_iops, change.target_throughput, "Target"
        ),
        **performance_shape(
            change.original_type,
            change.original_size,
            change.original_iops,
            change.original_throughput,
            "Original",
        ),
    }
    if change.message:
        shape["StatusMessage"] = change.message
    if change.ended_at:
        shape["EndTime"] = change.ended_at
    return shape
