"""Volumes: describe."""

from typing import Any

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.volume_types import shown_iops, shown_throughput
from amiable.api.owned import answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.model.volume import Attachment, Volume
from amiable.model.zone import zone_id


def _attachment(column: Any) -> filters.Filter:
    return filters.related(Volume.attachment.has, filters.text(column))


FILTERS: dict[str, filters.Filter] = {
    "attachment.attach-time": filters.related(Volume.attachment.has, filters.instant(Attachment.attached_at)),
    "attachment.delete-on-termination": filters.related(
        Volume.attachment.has, filters.flag(Attachment.delete_on_termination)
    ),
    "attachment.device": _attachment(Attachment.device),
    "attachment.instance-id": _attachment(Attachment.instance_id),
    "attachment.status": _attachment(Attachment.state),
    "availability-zone": filters.text(Volume.availability_zone),
    "create-time": filters.instant(Volume.created_at),
    "encrypted": filters.constant("false"),
    "fast-restored": filters.constant("false"),
    "multi-attach-enabled": filters.constant("false"),
    "size": filters.number(Volume.size),
    "snapshot-id": filters.text(Volume.snapshot_id),
    "status": filters.text(Volume.state),
    "volume-id": filters.text(Volume.id),
    "volume-type": filters.text(Volume.volume_type),
}


@operation("ec2", "DescribeVolumes")
def describe_volumes(call: Call, request: Shape) -> Shape:
    """The caller's volumes and what they are attached to."""
    rows, tags, token = listed(
        call, "DescribeVolumes", request, select_owned(call, Volume), Volume.id, "vol", "VolumeIds", FILTERS
    )
    return answer("Volumes", [volume_shape(row, tags.get(row.id)) for row in rows], token)


def volume_shape(volume: Volume, tags: dict[str, str] | None) -> Shape:
    """A volume as EC2 prints it. SnapshotId is empty, not absent, for a blank one: Ansible reads it."""
    shape: Shape = {
        "VolumeId": volume.id,
        "Size": volume.size,
        "SnapshotId": volume.snapshot_id or "",
        "AvailabilityZone": volume.availability_zone,
        "AvailabilityZoneId": zone_id(volume.availability_zone, volume.region),
        "State": volume.state,
        "CreateTime": volume.created_at,
        "VolumeType": volume.volume_type,
        "Encrypted": False,
        "MultiAttachEnabled": False,
        "Attachments": [attachment_shape(volume.attachment)] if volume.attachment else [],
        "Tags": tag_set(tags),
    }
    return shape | performance_shape(volume.volume_type, volume.size, volume.iops, volume.throughput)


def performance_shape(
    kind: str, size: int, iops: int | None, throughput: int | None, prefix: str = ""
) -> Shape:
    """`Iops` and `Throughput`, where the type has them; other names begin with `prefix`."""
    shape = {"Iops": shown_iops(kind, size, iops), "Throughput": shown_throughput(kind, throughput)}
    return {prefix + name: value for name, value in shape.items() if value is not None}


def attachment_shape(attachment: Attachment) -> Shape:
    """Where a volume is attached."""
    return {
        "VolumeId": attachment.volume_id,
        "InstanceId": attachment.instance_id,
        "Device": attachment.device,
        "State": attachment.state,
        "AttachTime": attachment.attached_at,
        "DeleteOnTermination": attachment.delete_on_termination,
    }
