"""CreateStoreImageTask and CreateRestoreImageTask: an image as one object, and back.

The object is `<ami-id>.bin` (docs/store.md, Replicate). Sharing is not kept. What others sell, or what is
merely public, is not stored.
"""

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.copies import backing_snapshots, tags_for_copy
from amiable.api.ec2.locations import location
from amiable.api.ec2.tasks import add_task, state_filter
from amiable.api.faults import check_ids, invalid
from amiable.api.image_access import visible_image
from amiable.api.image_names import check_image_name
from amiable.api.owned import answer, select_owned
from amiable.api.paging import page
from amiable.api.table import Shape, operation
from amiable.api.tags import check_tags, specified
from amiable.core import ids
from amiable.flows.places import FILES
from amiable.model.account import Account
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.product_code import codes_of
from amiable.model.task import Task
from amiable.protocol.faults import Fault

_STATES = {"active": "InProgress", "completed": "Completed", "failed": "Failed", "cancelled": "Failed"}
FILTERS = {
    "task-state": state_filter(_STATES),
    "bucket": filters.text(Task.detail["bucket"].as_string()),
}


def _storable(call: Call, image_id: str) -> Image:
    """An image of the caller's, or one shared with it by name. Raises InvalidRequest."""
    image = visible_image(call, image_id)
    if image.state != "available":
        raise Fault("InvalidRequest", f"The image {image_id} is {image.state}; it must be available.")
    grantees = {permission.grantee for permission in image.permissions}
    if image.account_id != call.account_id and call.account_id not in grantees:
        raise Fault("InvalidRequest", f"The image {image_id} is public; copy it, and store the copy.")
    snapshots = backing_snapshots(call, image)
    if codes_of(call.session, [image_id, *snapshots]):
        raise Fault("InvalidRequest", f"The image {image_id} has product codes and can not be stored.")
    return image


@operation("ec2", "CreateStoreImageTask")
def create_store_image_task(call: Call, request: Shape) -> Shape:
    """Store an image as one object in a bucket or the import folder."""
    image = _storable(call, request["ImageId"])
    where = location(call, request["Bucket"], f"{image.id}.bin", exists=False)
    object_tags = check_tags(request.get("S3ObjectTags") or ())
    if object_tags and where.bucket == FILES:
        raise invalid("S3ObjectTags need a bucket: files have no tags.")
    task = add_task(call, "store-image", "store-ami", image.id, {"bucket": where.bucket, "key": where.key})
    call.session.flush()
    enqueue(
        call.session,
        "store-image",
        task.id,
        host=call.settings.host_name,
        image_id=image.id,
        tags=tags_for_copy(call, image.id, {}),
        object_tags=object_tags,
    )
    return {"ObjectKey": where.key}


@operation("ec2", "DescribeStoreImageTasks")
def describe_store_image_tasks(call: Call, request: Shape) -> Shape:
    """Images being stored, and stored in the last month."""
    query = select_owned(call, Task).where(Task.kind == "store-image")
    wanted = request.get("ImageIds")
    if wanted:
        check_ids("ami", *wanted)
        query = query.where(Task.subject.in_(wanted))
    query = query.where(*filters.conditions(FILTERS, request.get("Filters"), call))
    rows, token = page(
        call, "DescribeStoreImageTasks", query, Task.id, request, ids_given=wanted, smallest=1, largest=200
    )
    return answer("StoreImageTaskResults", [_shape(row) for row in rows], token)


def _shape(task: Task) -> Shape:
    shape: Shape = {
        "AmiId": task.subject,
        "TaskStartTime": task.created_at,
        "Bucket": task.detail["bucket"],
        "S3objectKey": task.detail["key"],
        "ProgressPercentage": task.progress,
        "StoreTaskState": _STATES[task.state],
    }
    if task.state == "failed":
        shape["StoreTaskFailureReason"] = task.message
    return shape


@operation("ec2", "CreateRestoreImageTask")
def create_restore_image_task(call: Call, request: Shape) -> Shape:
    """Make a new image of one that was stored in a bucket or the import folder."""
    where = location(call, request["Bucket"], request["ObjectKey"])
    name = request.get("Name")
    if name:
        check_image_name(call, name)
    image_id = ids.new_id("ami")
    tags = specified(request, "image", "snapshot")
    call.session.add(
        Image(
            id=image_id,
            region=call.region,
            account_id=call.account_id,
            owner_alias=call.session.get_one(Account, call.account_id).alias,
            name=name or image_id,  # the stored name is known once the object has been read
            created_at=call.now,
        )
    )
    call.session.flush()
    enqueue(
        call.session,
        "restore-image",
        image_id,
        host=call.settings.host_name,
        bucket=where.bucket,
        key=where.key,
        name=name,
        tags=tags,
    )
    return {"ImageId": image_id}
