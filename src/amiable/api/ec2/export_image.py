"""ExportImage: an image's disk as a VMDK, VHD or raw file, in a bucket or the import folder, by a task."""

from collections.abc import Mapping

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.copies import backing_snapshots
from amiable.api.ec2.locations import location
from amiable.api.ec2.tasks import add_task, listed_tasks, progress_shape
from amiable.api.faults import check_ids, invalid
from amiable.api.image_access import own_image
from amiable.api.owned import answer, owned
from amiable.api.table import Shape, operation
from amiable.api.tags import specified, tag_set
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.product_code import codes_of
from amiable.model.task import Task
from amiable.protocol.faults import Fault

_FORMATS = ("RAW", "VHD", "VMDK")
_STEPS = {"pending": 0, "reading": 10, "converting": 40, "uploading": 70}
"""How far a task is, in per cent, when it says so."""


def _not_exportable(message: str) -> Fault:
    return Fault("NotExportable", message)


def _exportable(call: Call, image_id: str) -> Image:
    image = own_image(call, image_id)
    if image.state != "available":
        raise Fault("IncorrectState", f"The image {image_id} is {image.state}; it must be available.")
    if len(image.devices) != 1:
        raise _not_exportable(
            f"The image {image_id} has {len(image.devices)} volumes; only images of one are exported. "
            "Register one image for each snapshot, and export those."
        )
    (snapshot_id,) = backing_snapshots(call, image)
    if codes_of(call.session, [image_id, snapshot_id]):
        raise _not_exportable(f"The image {image_id} has product codes and can not be exported.")
    return image


@operation("ec2", "ExportImage")
def export_image(call: Call, request: Shape) -> Shape:
    """Write an image's disk to a bucket or the import folder; a task tells how far it is."""
    if known := made_before(call, "ExportImage", request):
        return _first(call.session.get_one(Task, known), {})
    form = request["DiskImageFormat"]
    if form not in _FORMATS:
        raise invalid(f"DiskImageFormat must be one of {', '.join(_FORMATS)}.")
    image = _exportable(call, request["ImageId"])
    where = request["S3ExportLocation"]
    tags = specified(request, "export-image-task").get("export-image-task", {})
    detail = {
        "format": form,
        "bucket": where.get("S3Bucket") or "",
        "prefix": where.get("S3Prefix") or "",
        "description": request.get("Description") or "",
        "role": request.get("RoleName") or "vmimport",
    }
    task = add_task(call, "export-image", "export-ami", image.id, detail, tags)
    target = location(call, detail["bucket"], f"{detail['prefix']}{task.id}.{form.lower()}", exists=False)
    call.session.flush()
    enqueue(
        call.session,
        "export-image",
        task.id,
        host=call.settings.host_name,
        snapshot_id=image.devices[0].snapshot_id,
        bucket=target.bucket,
        key=target.key,
        format=form,
    )
    remember(call, "ExportImage", request, task.id)
    return _first(task, tags)


@operation("ec2", "DescribeExportImageTasks")
def describe_export_image_tasks(call: Call, request: Shape) -> Shape:
    """Exports of images, under way and ended in the last month."""
    rows, tags, token = listed_tasks(
        call, "DescribeExportImageTasks", request, "export-image", "export-ami", "ExportImageTaskIds"
    )
    return answer("ExportImageTasks", [_shape(row, tags.get(row.id, {})) for row in rows], token)


def _shape(task: Task, tags: Mapping[str, str]) -> Shape:
    """An export as EC2 prints it."""
    return {
        "ExportImageTaskId": task.id,
        "ImageId": task.subject,
        "Description": task.detail["description"],
        "S3ExportLocation": {"S3Bucket": task.detail["bucket"], "S3Prefix": task.detail["prefix"]},
        "Tags": tag_set(tags),
        **progress_shape(task, _STEPS.get(task.message or "pending", 0)),
    }


def _first(task: Task, tags: Mapping[str, str]) -> Shape:
    """What ExportImage itself answers says more than the listing does."""
    more = {"RoleName": task.detail["role"], "DiskImageFormat": task.detail["format"]}
    return _shape(task, tags) | more


@operation("ec2", "CancelExportTask")
def cancel_export_task(call: Call, request: Shape) -> Shape:
    """Cancel an export of an image under way; it leaves no object."""
    task_id = request["ExportTaskId"]
    check_ids("export-ami", task_id)
    task = owned(call, Task, "export-ami", task_id, lock=True)
    if task.state != "active":
        raise Fault("IncorrectState", f"The export task {task_id} has ended and can not be cancelled.")
    task.state, task.message, task.ended_at = "cancelled", "cancelled", call.now
    return {}
