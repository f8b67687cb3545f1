"""ImportSnapshot: a disk file becomes a snapshot, by a task; and the end of any import that is not wanted."""

from collections.abc import Mapping

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.copies import refuse
from amiable.api.ec2.disk_imports import NOT_ENCRYPTED, detail_shape, disk_of, progress_of
from amiable.api.ec2.tasks import IMPORT_STATES, add_task, listed_tasks, progress_shape
from amiable.api.faults import check_ids, invalid
from amiable.api.owned import answer, owned
from amiable.api.table import Shape, operation
from amiable.api.tags import specified, tag_set
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.task import Task
from amiable.protocol.faults import Fault


@operation("ec2", "ImportSnapshot")
def import_snapshot(call: Call, request: Shape) -> Shape:
    """Make a snapshot of a disk file in a bucket or the import folder; a task tells how far it is."""
    if known := made_before(call, "ImportSnapshot", request):
        return _shape(call, call.session.get_one(Task, known), {})
    refuse(request, **NOT_ENCRYPTED)
    container = request.get("DiskContainer")
    if not container:
        raise Fault("MissingParameter", "The request must contain the parameter DiskContainer")
    tags = specified(request, "import-snapshot-task").get("import-snapshot-task", {})
    task = add_task(call, "import-snapshot", "import-snap", None, {}, tags)
    disk = disk_of(call, container, task.id)
    task.subject = disk["snapshot_id"]
    task.detail = {"disks": [disk], "description": request.get("Description") or ""}
    call.session.flush()
    enqueue(call.session, "import-snapshot", task.id, host=call.settings.host_name, disks=[disk])
    remember(call, "ImportSnapshot", request, task.id)
    return _shape(call, task, tags)


@operation("ec2", "DescribeImportSnapshotTasks")
def describe_import_snapshot_tasks(call: Call, request: Shape) -> Shape:
    """Imports of snapshots, under way and ended in the last month."""
    rows, tags, token = listed_tasks(
        call, "DescribeImportSnapshotTasks", request, "import-snapshot", "import-snap", "ImportTaskIds"
    )
    return answer("ImportSnapshotTasks", [_shape(call, row, tags.get(row.id, {})) for row in rows], token)


def _shape(call: Call, task: Task, tags: Mapping[str, str]) -> Shape:
    """An import as EC2 prints it. Clients wait for `completed` and fail at `error`."""
    (disk,) = task.detail["disks"]
    detail = detail_shape(call, task, disk) | progress_shape(task, progress_of(call, task))
    if task.state == "failed":
        detail["Status"] = "error"
    detail |= {"Description": task.detail["description"], "Encrypted": False}
    return {
        "ImportTaskId": task.id,
        "Description": task.detail["description"],
        "SnapshotTaskDetail": detail,
        "Tags": tag_set(tags),
    }


@operation("ec2", "CancelImportTask")
def cancel_import_task(call: Call, request: Shape) -> Shape:
    """Cancel an import under way; what it has made so far goes."""
    task_id = request.get("ImportTaskId") or ""
    prefix = "import-snap" if task_id.startswith("import-snap-") else "import-ami"
    check_ids(prefix, task_id)
    task = owned(call, Task, prefix, task_id, lock=True)
    if task.state != "active":
        raise invalid(f"The import task {task_id} can not be cancelled: it is {IMPORT_STATES[task.state]}.")
    task.state, task.ended_at = "cancelled", call.now
    task.message = request.get("CancelReason") or "cancelled"
    if task.kind == "import-image" and task.subject:
        image = call.session.get_one(Image, task.subject)
        image.state, image.deregistered_at = "deregistered", call.now
    return {"ImportTaskId": task_id, "PreviousState": "active", "State": IMPORT_STATES[task.state]}
