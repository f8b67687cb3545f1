"""CreateReplaceRootVolumeTask and DescribeReplaceRootVolumeTasks.

The new root is made of a snapshot of the instance's root volumes, of an image like the instance's own, of
what it was launched from, or is an available volume. The story shuts the guest down, exchanges the volumes
and starts it again (flows/replace_root.py).
"""

from typing import Any

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.create_volume import check_volume_quota
from amiable.api.ec2.images import launchable_image
from amiable.api.ec2.snapshot_access import readable_snapshot
from amiable.api.ec2.subscribed import check_subscribed
from amiable.api.ec2.volume_attachments import attachable_volume
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified, tag_set
from amiable.core import clock, ids
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.product_code import codes_of, inherit_codes
from amiable.model.snapshot import Snapshot
from amiable.model.tag import tags_of
from amiable.model.task import Task
from amiable.model.volume import Attachment, Volume
from amiable.protocol.faults import Fault

KIND = "replace-root-volume"
_TAGS = "replace-root-volume-task"
_STATES = {"completed": "succeeded", "failed": "failed"}
FILTERS: dict[str, filters.Filter] = {"instance-id": filters.text(Task.subject)}


@operation("ec2", "CreateReplaceRootVolumeTask")
def create_replace_root_volume_task(call: Call, request: Shape) -> Shape:
    """Give a running instance another root volume; it reboots and keeps its id and addresses."""
    if known := made_before(call, "CreateReplaceRootVolumeTask", request):
        return _answer(call, owned(call, Task, "replacevol", known))
    if request.get("VolumeInitializationRate"):
        raise unsupported("A volume is ready in full at once: VolumeInitializationRate is not supported.")
    if len([name for name in ("SnapshotId", "ImageId", "VolumeId") if request.get(name)]) > 1:
        raise combination("Only one of SnapshotId, ImageId and VolumeId can be given.")
    instance = owned(call, Instance, "i", request["InstanceId"], lock=True)
    root = instance.root
    if instance.state != "running" or root is None:
        raise Fault(
            "IncorrectInstanceState", f"The instance '{instance.id}' is {instance.state}; it must be running."
        )
    tags = specified(request, _TAGS)
    volume = _replacement(call, request, instance, root)
    task = Task(
        id=ids.new_id("replacevol"),
        region=call.region,
        account_id=call.account_id,
        kind=KIND,
        state="active",
        progress=0,
        subject=instance.id,
        detail={
            "ImageId": request.get("ImageId"),
            "SnapshotId": None if request.get("VolumeId") else volume.snapshot_id,
            "DeleteReplacedRootVolume": bool(request.get("DeleteReplacedRootVolume")),
        },
        created_at=call.now,
    )
    call.session.add(task)
    apply(call, task.id, _TAGS, tags.get(_TAGS))
    remember(call, "CreateReplaceRootVolumeTask", request, task.id)
    call.session.flush()
    enqueue(
        call.session,
        KIND,
        instance.id,
        host=instance.host,
        task_id=task.id,
        volume_id=volume.id,
        given=bool(request.get("VolumeId")),
        image_id=request.get("ImageId"),
        delete_former=task.detail["DeleteReplacedRootVolume"],
    )
    return _answer(call, task)


def _replacement(call: Call, request: Shape, instance: Instance, root: Attachment) -> Volume:
    """The volume that becomes the root: one that is there, reserved by being `in-use`, or a new row."""
    if request.get("VolumeId"):
        volume = attachable_volume(call, request["VolumeId"], instance)
        _same_codes(call, instance, volume.id)
        volume.state = "in-use"
        return volume
    if request.get("ImageId"):
        snapshot = _of_image(call, launchable_image(call, request["ImageId"]), instance)
    elif request.get("SnapshotId"):
        snapshot = _of_lineage(call, request["SnapshotId"], instance, root)
    else:
        snapshot = _of_launch(call, instance, root)
    check_volume_quota(call)
    volume = Volume(
        id=ids.new_id("vol"),
        region=call.region,
        account_id=call.account_id,
        availability_zone=instance.availability_zone,
        size=max(root.volume.size, snapshot.volume_size),
        volume_type=root.volume.volume_type,
        iops=root.volume.iops,
        throughput=root.volume.throughput,
        state="creating",
        snapshot_id=snapshot.id,
        host=instance.host,
        created_at=call.now,
    )
    call.session.add(volume)
    inherit_codes(call.session, volume.id, snapshot.id)
    return volume


def _of_image(call: Call, image: Image, instance: Instance) -> Snapshot:
    """The root snapshot of an image that is like the instance's own."""
    if (image.architecture, image.boot_mode) != (instance.architecture, instance.boot_mode):
        raise invalid(
            f"The image {image.id} differs in architecture or boot mode from instance {instance.id}."
        )
    _same_codes(call, instance, image.id)
    root = next((row for row in image.devices if row.device_name == image.root_device_name), None)
    snapshot = call.session.get(Snapshot, root.snapshot_id) if root and root.snapshot_id else None
    if image.state != "available" or snapshot is None or snapshot.state != "completed":
        raise Fault("IncorrectState", f"The image {image.id} is not available yet.")
    return snapshot


def _same_codes(call: Call, instance: Instance, other_id: str) -> None:
    check_subscribed(call, other_id)
    codes = codes_of(call.session, [instance.id, other_id])
    if set(codes.get(other_id, ())) - set(codes.get(instance.id, ())):
        raise invalid(f"{other_id} has product codes that instance {instance.id} has not.")


def _of_lineage(call: Call, snapshot_id: str, instance: Instance, root: Attachment) -> Snapshot:
    """A snapshot of the instance's root volume, of a former one, or what one of them was made of."""
    snapshot = readable_snapshot(call, snapshot_id)
    volumes = {root.volume_id, *instance.options.get("former_roots", ())}
    origins = {root.volume.snapshot_id, instance.options.get("launch_snapshot")}
    if snapshot.volume_id not in volumes and snapshot.id not in origins:
        raise invalid(f"The snapshot {snapshot_id} is not one of a root volume of instance {instance.id}.")
    return snapshot


def _of_launch(call: Call, instance: Instance, root: Attachment) -> Snapshot:
    """What the instance was launched from."""
    launch = instance.options.get("launch_snapshot") or root.volume.snapshot_id
    snapshot = call.session.get(Snapshot, launch) if launch else None
    if snapshot is None or snapshot.state != "completed":
        raise Fault(
            "IncorrectState",
            f"The snapshot that {instance.id} was launched from is gone; name a snapshot or an image.",
        )
    return snapshot


@operation("ec2", "DescribeReplaceRootVolumeTasks")
def describe_replace_root_volume_tasks(call: Call, request: Shape) -> Shape:
    """The replacements of root volumes that the caller has asked for."""
    query = select_owned(call, Task).where(Task.kind == KIND)
    member = "ReplaceRootVolumeTaskIds"
    rows, tags, token = listed(
        call, "DescribeReplaceRootVolumeTasks", request, query, Task.id, "replacevol", member, FILTERS
    )
    return answer("ReplaceRootVolumeTasks", [_shape(row, tags.get(row.id)) for row in rows], token)


def _answer(call: Call, task: Task) -> Shape:
    tags = tags_of(call.session, [task.id], call.account_id).get(task.id)
    return {"ReplaceRootVolumeTask": _shape(task, tags)}


def _shape(task: Task, tags: dict[str, str] | None) -> Shape:
    underway = "in-progress" if task.progress else "pending"
    shape: dict[str, Any] = {
        "ReplaceRootVolumeTaskId": task.id,
        "InstanceId": task.subject,
        "TaskState": _STATES.get(task.state, underway),
        "StartTime": clock.iso(task.created_at),
        "Tags": tag_set(tags),
        **{name: value for name, value in task.detail.items() if value is not None},
    }
    if task.ended_at:
        shape["CompleteTime"] = clock.iso(task.ended_at)
    return shape
