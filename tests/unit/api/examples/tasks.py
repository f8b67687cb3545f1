"""Imports, exports and stored images."""

from typing import Any

from amiable.core import clock, ids
from amiable.model.task import Task
from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.unit.api.examples.request import Requests


def _task(api: Api, kind: str, prefix: str, subject: str | None, **detail: Any) -> str:
    """A task under way, as rows."""
    task = Task(
        id=ids.new_id(prefix),
        region=api.region,
        account_id=api.account_id,
        kind=kind,
        subject=subject,
        detail={"disks": [], "description": "", "bucket": "file:", "key": "k", "prefix": "", **detail},
        created_at=clock.now(),
    )
    with api.database.write() as session:
        session.add(task)
    return task.id


def examples(api: Api) -> Requests:
    """Makes an image and a task of each kind."""
    image = add_image(api, "to export")
    disk = {"snapshot_id": image.devices[0].snapshot_id, "bucket": "file:", "key": "disk.raw"}
    importing = add_image(api, "import", state="pending").id
    import_image = _task(api, "import-image", "import-ami", importing)
    import_snapshot = _task(api, "import-snapshot", "import-snap", disk["snapshot_id"], disks=[disk])
    export = _task(api, "export-image", "export-ami", image.id)
    _task(api, "store-image", "store-ami", image.id)
    to = {"S3Bucket": "file:"}
    return {
        ("ec2", "CancelExportTask"): {"ExportTaskId": export},
        ("ec2", "CancelImportTask"): {"ImportTaskId": import_image},
        ("ec2", "CreateStoreImageTask"): {"ImageId": image.id, "Bucket": "file:"},
        ("ec2", "DescribeExportImageTasks"): {"ExportImageTaskIds": [export]},
        ("ec2", "DescribeImportImageTasks"): {"ImportTaskIds": [import_image]},
        ("ec2", "DescribeImportSnapshotTasks"): {"ImportTaskIds": [import_snapshot]},
        ("ec2", "DescribeStoreImageTasks"): {"ImageIds": [image.id]},
        ("ec2", "ExportImage"): {"ImageId": image.id, "DiskImageFormat": "VMDK", "S3ExportLocation": to},
    }
