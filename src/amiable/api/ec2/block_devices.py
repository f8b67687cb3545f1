"""Block device mappings: what an image says, overlaid by what a request says.

Launch: an entry whose device the image has changes that device (size may grow, type, iops, throughput,
delete on termination, NoDevice); another entry adds a volume, blank or from a snapshot.
CreateImage: the only thing that can be changed for a volume of the instance is DeleteOnTermination; NoDevice
leaves the volume out; another entry adds a blank volume or one from a snapshot (aws-features, 1.3).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amiable.api.call import Call
from amiable.api.ec2.snapshot_access import readable_snapshot
from amiable.api.ec2.volume_types import TYPES, check_type
from amiable.model.image import Image, ImageDevice
from amiable.protocol.faults import Fault

DEVICE_NAME = re.compile(
    r"^(/dev/)?(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2}[0-9]{0,2}|hd[a-z][0-9]{0,2}|nvme[0-9]+n1)$"
)


@dataclass(frozen=True)
class Device:
    """One volume of an instance or image to be. Size in GiB; `snapshot_id` None means blank."""

    name: str
    size: int
    volume_type: str = "gp3"
    iops: int | None = None
    throughput: int | None = None
    snapshot_id: str | None = None
    delete_on_termination: bool = True


def bad(message: str) -> Fault:
    """InvalidBlockDeviceMapping."""
    return Fault("InvalidBlockDeviceMapping", message)


def of_image(image: Image) -> list[Device]:
    """The devices that an image declares, in its order."""
    return [
        Device(
            name=row.device_name,
            size=row.volume_size,
            volume_type=row.volume_type,
            iops=row.iops,
            throughput=row.throughput,
            snapshot_id=row.snapshot_id,
            delete_on_termination=row.delete_on_termination,
        )
        for row in image.devices
    ]


def rows_of(devices: Iterable[Device], image_id: str) -> list[ImageDevice]:
    """The rows of an image's mapping."""
    return [
        ImageDevice(
            image_id=image_id,
            device_name=device.name,
            position=position,
            snapshot_id=device.snapshot_id,
            volume_size=device.size,
            volume_type=device.volume_type,
            iops=device.iops,
            throughput=device.throughput,
            delete_on_termination=device.delete_on_termination,
        )
        for position, device in enumerate(devices)
    ]


def overlaid(
    call: Call, own: Sequence[Device], requested: Sequence[Mapping[str, Any]], *, fixed: bool
) -> list[Device]:
    """`own` devices changed by the request's mappings. `fixed`: only DeleteOnTermination may change."""
    devices = {device.name: device for device in own}
    seen: set[str] = set()
    for entry in requested:
        name = str(entry.get("DeviceName") or "")
        if not DEVICE_NAME.match(name):
            raise bad(f"Invalid device name {name}")
        if name in seen:
            raise bad(f"The device '{name}' is used in more than one block-device mapping")
        seen.add(name)
        if entry.get("NoDevice") is not None:
            devices.pop(name, None)
            continue
        if entry.get("VirtualName"):
            raise Fault("UnsupportedOperation", "Instance store volumes (VirtualName) are not supported.")
        devices[name] = _entry(call, name, entry.get("Ebs") or {}, devices.get(name), fixed)
    return list(devices.values())


def _entry(call: Call, name: str, ebs: Mapping[str, Any], own: Device | None, fixed: bool) -> Device:
    if ebs.get("Encrypted") or ebs.get("KmsKeyId"):
        raise Fault("UnsupportedOperation", "Encrypted volumes are not supported.")
    if fixed and own is not None:
        changed = [key for key in ebs if key != "DeleteOnTermination" and not _same(own, key, ebs[key])]
        if changed:
            raise bad(f"For the volume at {name} only DeleteOnTermination can be changed, not {changed[0]}.")
        return replace(
            own, delete_on_termination=bool(ebs.get("DeleteOnTermination", own.delete_on_termination))
        )
    snapshot_id = ebs.get("SnapshotId") or (own.snapshot_id if own else None)
    least = own.size if own else 0
    if ebs.get("SnapshotId") and (own is None or ebs["SnapshotId"] != own.snapshot_id):
        least = readable_snapshot(call, str(ebs["SnapshotId"])).volume_size
    size = ebs.get("VolumeSize") or least
    if not size:
        raise Fault(
            "MissingParameter", f"The request must contain the parameter size or snapshotId for {name}"
        )
    if size < least:
        raise bad(
            f"Volume of size {size}GB is smaller than snapshot '{snapshot_id}', expect size >= {least}GB"
        )
    kind = ebs.get("VolumeType") or (own.volume_type if own else "gp3")
    if kind not in TYPES:
        raise bad(f"Invalid volume type: {kind}")
    if not TYPES[kind].sizes[0] <= size <= TYPES[kind].sizes[1]:
        raise bad("Volume size of {}GB is not between {} and {}GB.".format(size, *TYPES[kind].sizes))
    kept = own if own and own.volume_type == kind else None
    iops = ebs.get("Iops", kept.iops if kept else None)
    throughput = ebs.get("Throughput", kept.throughput if kept else None)
    check_type(kind, size, iops, throughput)
    return Device(
        name=name,
        size=size,
        volume_type=kind,
        iops=iops,
        throughput=throughput,
        snapshot_id=snapshot_id,
        delete_on_termination=bool(
            ebs.get("DeleteOnTermination", own.delete_on_termination if own else True)
        ),
    )


def _same(own: Device, key: str, value: Any) -> bool:
    """Whether a member that may not change was given as it is (Packer and Ansible repeat them)."""
    members = {
        "SnapshotId": own.snapshot_id,
        "VolumeSize": own.size,
        "VolumeType": own.volume_type,
        "Iops": own.iops,
        "Throughput": own.throughput,
        "Encrypted": False,
    }
    return key in members and members[key] == value


def mapping_shape(image: Image) -> list[dict[str, Any]]:
    """An image's `BlockDeviceMappings` in answers."""
    mappings = []
    for row in image.devices:
        ebs: dict[str, Any] = {
            "DeleteOnTermination": row.delete_on_termination,
            "VolumeSize": row.volume_size,
            "VolumeType": row.volume_type,
            "Encrypted": False,
        }
        if row.snapshot_id:
            ebs["SnapshotId"] = row.snapshot_id
        if row.iops is not None:
            ebs["Iops"] = row.iops
        if row.throughput is not None:
            ebs["Throughput"] = row.throughput
        mappings.append({"DeviceName": row.device_name, "Ebs": ebs})
    return mappings
