"""ImportImage: disk files become an image, by a task that can be watched and cancelled.

The image bears the task's id as its name, as on AWS. The role that AWS assumes (RoleName) is not needed: what
an account may read is said by settings (locations.py).
"""

from collections.abc import Mapping
from typing import Any

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.copies import refuse
from amiable.api.ec2.disk_imports import NOT_ENCRYPTED, detail_shape, disk_of, progress_of
from amiable.api.ec2.snapshot_access import readable_snapshot
from amiable.api.ec2.tasks import add_task, listed_tasks, progress_shape
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.owned import answer
from amiable.api.table import Shape, operation
from amiable.api.tags import specified, tag_set
from amiable.core import ids
from amiable.model.account import Account
from amiable.model.flow import enqueue
from amiable.model.image import Image, ImageDevice
from amiable.model.product_code import codes_of
from amiable.model.snapshot import Snapshot
from amiable.model.task import Task

MAX_DISKS = 21
_LETTERS = "fghijklmnopqrstuvwxyz"


def _check(request: Shape) -> None:
    refuse(request, **NOT_ENCRYPTED, LicenseSpecifications="licences are not tracked")
    for member, only in (
        ("Architecture", "x86_64"),
        ("Hypervisor", "xen"),
        ("LicenseType", "AWS"),
        ("Platform", "Linux"),
        ("UsageOperation", "RunInstances"),
    ):
        if (request.get(member) or only) != only:
            raise unsupported(f"{member} {request[member]} is not supported, only {only}.")
    if (request.get("BootMode") or "legacy-bios") not in ("legacy-bios", "uefi"):
        raise unsupported("BootMode must be legacy-bios or uefi; uefi-preferred is not supported.")
    disks = request.get("DiskContainers") or []
    if not 1 <= len(disks) <= MAX_DISKS:
        raise invalid(f"DiskContainers must be 1 to {MAX_DISKS} disks, the root disk first.")


def _disk(call: Call, container: Mapping[str, Any], position: int, task: str) -> dict[str, Any]:
    """What the story gets of a container; one that is a snapshot already has no `bucket`."""
    default = "/dev/sda1" if position == 0 else f"/dev/sd{_LETTERS[position - 1]}"
    name = {"device_name": container.get("DeviceName") or default}
    if snapshot_id := container.get("SnapshotId"):
        if container.get("Url") or container.get("UserBucket"):
            raise combination("A disk container needs one of SnapshotId, Url and UserBucket.")
        snapshot = readable_snapshot(call, snapshot_id)
        if codes_of(call.session, [snapshot.id]):
            raise unsupported(f"The snapshot {snapshot.id} has product codes; it can not be imported.")
        return {"snapshot_id": snapshot.id, **name}
    return disk_of(call, container, task) | name


@operation("ec2", "ImportImage")
def import_image(call: Call, request: Shape) -> Shape:
    """Make an image of disk files in a bucket or the import folder; a task tells how far it is."""
    if known := made_before(call, "ImportImage", request):
        return _shape(call, call.session.get_one(Task, known), {})
    _check(request)
    tags = specified(request, "import-image-task").get("import-image-task", {})
    image_id = ids.new_id("ami")
    task = add_task(call, "import-image", "import-ami", image_id, {}, tags)
    disks = [
        _disk(call, container, position, task.id)
        for position, container in enumerate(request["DiskContainers"])
    ]
    if len({disk["device_name"] for disk in disks}) < len(disks):
        raise invalid("Every disk container needs a DeviceName of its own.")
    task.detail = {"disks": disks, "description": request.get("Description") or ""}
    call.session.flush()
    call.session.add(
        Image(
            id=image_id,
            region=call.region,
            account_id=call.account_id,
            owner_alias=call.session.get_one(Account, call.account_id).alias,
            name=task.id,
            description=(request.get("Description") or f"AWS-VMImport service: {task.id}")[:255],
            boot_mode=request.get("BootMode") or "legacy-bios",
            root_device_name=disks[0]["device_name"],
            created_at=call.now,
            devices=[
                ImageDevice(
                    image_id=image_id,
                    device_name=disk["device_name"],
                    position=position,
                    snapshot_id=disk["snapshot_id"],
                    volume_size=call.session.get_one(Snapshot, disk["snapshot_id"]).volume_size,
                )
                for position, disk in enumerate(disks)
            ],
        )
    )
    call.session.flush()
    enqueue(
        call.session,
        "import-image",
        task.id,
        host=call.settings.host_name,
        image_id=image_id,
        disks=disks,
    )
    remember(call, "ImportImage", request, task.id)
    return _shape(call, task, tags)


@operation("ec2", "DescribeImportImageTasks")
def describe_import_image_tasks(call: Call, request: Shape) -> Shape:
    """Imports of images, under way and ended in the last month."""
    rows, tags, token = listed_tasks(
        call, "DescribeImportImageTasks", request, "import-image", "import-ami", "ImportTaskIds"
    )
    return answer("ImportImageTasks", [_shape(call, row, tags.get(row.id, {})) for row in rows], token)


def _shape(call: Call, task: Task, tags: Mapping[str, str]) -> Shape:
    """An import as EC2 prints it."""
    progress = progress_shape(task, progress_of(call, task))
    return {
        "ImportTaskId": task.id,
        "ImageId": task.subject,
        "Architecture": "x86_64",
        "Platform": "Linux",
        "LicenseType": "AWS",
        "UsageOperation": "RunInstances",
        "Encrypted": False,
        "Description": task.detail["description"],
        "SnapshotDetails": [
            detail_shape(call, task, disk) | {"Status": progress["Status"]} for disk in task.detail["disks"]
        ],
        "Tags": tag_set(tags),
        **progress,
    }
