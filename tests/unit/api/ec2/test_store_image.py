"""CreateStoreImageTask, CreateRestoreImageTask, ExportImage: whose images, where to, what is refused."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.model.database import Database
from amiable.model.flow import Flow
from amiable.model.image import ImageDevice
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import SnapshotPermission
from amiable.model.task import Task
from tests.helpers.api import Api, filters, new_api, refused
from tests.helpers.images import add_image


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Api:
    buckets: dict[str, str] = {"theirs": "999999999999"}
    made = new_api(database, import_dir=tmp_path, buckets=buckets)
    buckets["mine"] = made.account_id
    return made


def flow(api: Api) -> Flow:
    with api.database.read() as session:
        return session.scalars(select(Flow).order_by(Flow.number.desc()).limit(1)).one()


def share_storage(api: Api, snapshot_id: str | None, grantee: str) -> None:
    with api.database.write() as session:
        session.add(SnapshotPermission(snapshot_id=snapshot_id, grantee=grantee))


def test_store(api: Api) -> None:
    image = add_image(api)
    api("CreateTags", Resources=[image.id], Tags=[{"Key": "stage", "Value": "test"}])
    answer = api(
        "CreateStoreImageTask",
        ImageId=image.id,
        Bucket="mine",
        S3ObjectTags=[{"Key": "kind", "Value": "image"}],
    )
    assert answer == {"ObjectKey": f"{image.id}.bin"}
    assert flow(api).state == {
        "image_id": image.id,
        "tags": {"stage": "test"},
        "object_tags": {"kind": "image"},
    }
    (task,) = api("DescribeStoreImageTasks", Filters=filters(bucket="mine"))["StoreImageTaskResults"]
    assert (task["AmiId"], task["StoreTaskState"], task["ProgressPercentage"]) == (
        image.id,
        "InProgress",
        0,
    )
    assert (task["Bucket"], task["S3objectKey"]) == ("mine", f"{image.id}.bin")
    with api.database.write() as session:
        row = session.scalars(select(Task)).one()
        row.state, row.message, row.ended_at = "failed", "no room", clock.now()
    (task,) = api("DescribeStoreImageTasks", ImageIds=[image.id])["StoreImageTaskResults"]
    assert (task["StoreTaskState"], task["StoreTaskFailureReason"]) == ("Failed", "no room")
    assert api("DescribeStoreImageTasks", Filters=filters(task_state="Completed")) == {
        "StoreImageTaskResults": []
    }


def test_who_may_store_what(api: Api) -> None:
    """Its owner; whom it is shared with, storage and all; not the public, and nothing that is sold."""
    other = api.other_account()
    public, shared = add_image(api, "public", "all"), add_image(api, "shared", other.account_id)
    for image in (public, shared):
        share_storage(api, image.devices[0].snapshot_id, "all")
    request: dict[str, Any] = {"Bucket": "file:"}
    with refused("InvalidRequest", "is public"):
        other("CreateStoreImageTask", ImageId=public.id, **request)
    other("CreateStoreImageTask", ImageId=shared.id, **request)
    with refused("InvalidRequest", "storage of this ami"):
        other(
            "CreateStoreImageTask",
            ImageId=add_image(api, "for launching", other.account_id).id,
            **request,
        )
    with api.database.write() as session:
        session.add(ProductCode(resource_id=public.devices[0].snapshot_id, code="paid"))
    with refused("InvalidRequest", "product codes"):
        api("CreateStoreImageTask", ImageId=public.id, **request)


def test_places_that_are_not_ones_own(api: Api) -> None:
    image = add_image(api)
    for bucket in ("theirs", "nowhere", "", "file"):
        with refused("InvalidParameterValue", "no bucket"):
            api("CreateStoreImageTask", ImageId=image.id, Bucket=bucket)
        with refused("InvalidParameterValue", "no bucket"):
            api("CreateRestoreImageTask", Bucket=bucket, ObjectKey="ami-1.bin")
        with refused("InvalidParameterValue", "no bucket"):
            export(api, image.id, bucket)
    with refused("InvalidParameterValue", "not a file's name"):
        export(api, image.id, "file:", "../../etc/")
    with refused("InvalidParameterValue", "S3ObjectTags"):
        api("CreateStoreImageTask", ImageId=image.id, Bucket="file:", S3ObjectTags=[{"Key": "a"}])


def test_restore(api: Api, tmp_path: Path) -> None:
    mine = tmp_path / api.account_id
    mine.mkdir()
    (mine / "ami-1.bin").write_bytes(b"\0")
    image_id = api("CreateRestoreImageTask", Bucket="file:", ObjectKey="ami-1.bin", Name="again")["ImageId"]
    (image,) = api("DescribeImages", ImageIds=[image_id])["Images"]
    assert (image["State"], image["Name"], image["BlockDeviceMappings"]) == ("pending", "again", [])
    assert flow(api).state["key"] == "ami-1.bin"
    with refused("InvalidAMIName.Duplicate"):
        api("CreateRestoreImageTask", Bucket="file:", ObjectKey="ami-1.bin", Name="again")
    with refused("InvalidParameterValue", "no file ami-1.bin"):
        api.other_account()("CreateRestoreImageTask", Bucket="file:", ObjectKey="ami-1.bin")


def export(api: Api, image_id: str, bucket: str = "mine", prefix: str = "", **request: Any) -> dict[str, Any]:
    where = {"S3Bucket": bucket, "S3Prefix": prefix}
    request = {"DiskImageFormat": "VMDK", "S3ExportLocation": where} | request
    return api("ExportImage", ImageId=image_id, **request)


def test_export(api: Api) -> None:
    image = add_image(api)
    task = export(api, image.id, prefix="exports/", Description="for the other cloud", ClientToken="once")
    assert (task["Status"], task["DiskImageFormat"], task["RoleName"]) == ("active", "VMDK", "vmimport")
    assert flow(api).state["key"] == f"exports/{task['ExportImageTaskId']}.vmdk"
    assert export(
        api, image.id, prefix="exports/", Description="for the other cloud", ClientToken="once"
    ) == task | {"Tags": []}
    (shown,) = api("DescribeExportImageTasks", ExportImageTaskIds=[task["ExportImageTaskId"]])[
        "ExportImageTasks"
    ]
    assert (shown["ImageId"], shown["Status"], shown["Progress"]) == (image.id, "active", "0")
    api("CancelExportTask", ExportTaskId=task["ExportImageTaskId"])
    (shown,) = api("DescribeExportImageTasks")["ExportImageTasks"]
    assert (shown["Status"], shown["StatusMessage"]) == ("deleted", "cancelled")
    with refused("IncorrectState"):
        api("CancelExportTask", ExportTaskId=task["ExportImageTaskId"])
    with refused("InvalidExportTaskID.NotFound"):
        api.other_account()("CancelExportTask", ExportTaskId=task["ExportImageTaskId"])


def test_what_is_not_exported(api: Api) -> None:
    other = api.other_account()
    with refused("AuthFailure"):
        export(api, add_image(other, "public", "all").id)
    with refused("InvalidParameterValue"):
        export(api, add_image(api, "ova").id, DiskImageFormat="OVA")
    sold, two = add_image(api, "sold"), add_image(api, "two")
    with api.database.write() as session:
        session.add(ProductCode(resource_id=sold.id, code="paid"))
        session.add(ImageDevice(image_id=two.id, device_name="/dev/sdf", position=1, volume_size=1))
    with refused("NotExportable", "product codes"):
        export(api, sold.id)
    with refused("NotExportable", "2 volumes"):
        export(api, two.id)
