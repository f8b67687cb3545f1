"""ImportImage, ImportSnapshot: where files may lie, what is made, tasks and their end."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.model.database import Database
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import Snapshot
from amiable.model.task import Task
from tests.helpers.api import Api, filters, new_api, refused
from tests.helpers.images import add_image

DISK = {"Format": "VMDK", "Url": "file:disk.vmdk"}


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Api:
    """An account that may use the bucket `mine`, and a file for everyone in the import folder."""
    (tmp_path / "disk.vmdk").write_bytes(b"\0")
    buckets = {"mine": "", "theirs": "999999999999"}
    made = new_api(database, import_dir=tmp_path, buckets=buckets)
    buckets["mine"] = f"111122223333 {made.account_id}"
    return made


def importing(api: Api, *disks: dict[str, Any], **request: Any) -> dict[str, Any]:
    return api("ImportImage", DiskContainers=list(disks) or [DISK], **request)


def described(api: Api, task_id: str) -> dict[str, Any]:
    (task,) = api("DescribeImportImageTasks", ImportTaskIds=[task_id])["ImportImageTasks"]
    return task


def test_an_image_of_two_disks_and_a_snapshot(api: Api) -> None:
    have = add_image(api, size=4).devices[0].snapshot_id
    tags = [{"Key": "a", "Value": "b"}]
    task = importing(
        api,
        DISK,
        {"Format": "raw", "UserBucket": {"S3Bucket": "mine", "S3Key": "disks/data.raw"}},
        {"SnapshotId": have, "DeviceName": "/dev/sdz"},
        Description="moved",
        BootMode="uefi",
        TagSpecifications=[{"ResourceType": "import-image-task", "Tags": tags}],
    )
    assert (task["Status"], task["StatusMessage"], task["Progress"]) == ("active", "pending", "0")
    shown = described(api, task["ImportTaskId"])
    assert shown == task | {"Tags": tags}
    assert [one.get("UserBucket") or one.get("Url") for one in shown["SnapshotDetails"]] == [
        "file:disk.vmdk",
        {"S3Bucket": "mine", "S3Key": "disks/data.raw"},
        None,
    ]
    (image,) = api("DescribeImages", ImageIds=[task["ImageId"]])["Images"]
    assert (image["State"], image["Name"], image["BootMode"]) == ("pending", task["ImportTaskId"], "uefi")
    assert [one["DeviceName"] for one in image["BlockDeviceMappings"]] == [
        "/dev/sda1",
        "/dev/sdf",
        "/dev/sdz",
    ]
    assert image["BlockDeviceMappings"][2]["Ebs"]["VolumeSize"] == 4
    with api.database.read() as session:
        flow = session.scalars(select(Flow)).one()
        assert (flow.kind, flow.subject, flow.host) == (
            "import-image",
            task["ImportTaskId"],
            api.settings.host_name,
        )


@pytest.mark.parametrize(
    ("disk", "words"),
    [
        ({"Url": "http://169.254.169.254/latest/meta-data"}, "fetches no other URL"),
        ({"Url": "https://mine.s3.amazonaws.com/disk.raw"}, "fetches no other URL"),
        ({"Url": "file:../secret.key"}, "not a file's name"),
        ({"Url": "file:/etc/shadow"}, "not a file's name"),
        ({"Url": "file:none.raw"}, "no file none.raw"),
        ({"Url": "s3://theirs/disk.raw"}, "no bucket 'theirs'"),
        ({"Url": "s3://nowhere/disk.raw"}, "no bucket 'nowhere'"),
        ({"UserBucket": {"S3Bucket": "theirs", "S3Key": "disk.raw"}}, "no bucket 'theirs'"),
        ({"Url": "s3://mine/../theirs/disk.raw"}, "is not a key"),
        ({"Url": "s3://mine/a//b"}, "is not a key"),
        ({"Url": "s3://mine/"}, "is not a key"),
        ({"Url": "file:disk.vmdk", "Format": "ISO"}, "none of RAW"),
    ],
)
def test_files_that_may_not_be_read(api: Api, disk: dict[str, Any], words: str) -> None:
    before = api.rows()
    with refused("InvalidParameterValue", words):
        importing(api, disk)
    with refused("InvalidParameterValue", words):
        api("ImportSnapshot", DiskContainer=disk)
    assert api.rows() == before


def test_a_link_in_the_import_folder_is_no_file(api: Api, tmp_path: Path) -> None:
    (tmp_path / "link.raw").symlink_to("/etc/hostname")
    with refused("InvalidParameterValue", "no file link.raw"):
        importing(api, {"Url": "file:link.raw"})


def test_an_accounts_own_files_are_its_own(api: Api, tmp_path: Path) -> None:
    (tmp_path / api.account_id).mkdir()
    (tmp_path / api.account_id / "export.raw").write_bytes(b"\0")
    importing(api, {"Url": "file:export.raw"})
    with refused("InvalidParameterValue", "no file export.raw"):
        importing(api.other_account(), {"Url": "file:export.raw"})


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"DiskContainers": []}, "InvalidParameterValue"),
        ({"DiskContainers": [{}]}, "InvalidParameterCombination"),
        ({"DiskContainers": [DISK | {"UserBucket": {"S3Bucket": "mine", "S3Key": "k"}}]},
         "InvalidParameterCombination"),
        ({"DiskContainers": [DISK | {"SnapshotId": "snap-0123456789abcdef0"}]},
         "InvalidParameterCombination"),
        ({"DiskContainers": [{"SnapshotId": "snap-0123456789abcdef0"}]}, "InvalidSnapshot.NotFound"),
        ({"DiskContainers": [{"Format": "OVA", "Url": "file:disk.vmdk"}]}, "UnsupportedOperation"),
        ({"DiskContainers": [DISK | {"DeviceName": "/dev/sdf"}, DISK]}, "InvalidParameterValue"),
        ({"Platform": "Windows"}, "UnsupportedOperation"),
        ({"Architecture": "arm64"}, "UnsupportedOperation"),
        ({"LicenseType": "BYOL"}, "UnsupportedOperation"),
        ({"Encrypted": True}, "UnsupportedOperation"),
        ({"BootMode": "uefi-preferred"}, "UnsupportedOperation"),
    ],
)  # fmt: skip
def test_refused(api: Api, request_: dict[str, Any], code: str) -> None:
    before = api.rows()
    with refused(code):
        api("ImportImage", **{"DiskContainers": [DISK]} | request_)
    assert api.rows() == before


def test_what_is_sold_is_not_imported(api: Api) -> None:
    have = str(add_image(api).devices[0].snapshot_id)
    with api.database.write() as session:
        session.add(ProductCode(resource_id=have, code="paid"))
    with refused("UnsupportedOperation", "product codes"):
        importing(api, {"SnapshotId": have})


def test_the_same_client_token_gives_the_same_task(api: Api) -> None:
    first = importing(api, ClientToken="once")
    assert importing(api, ClientToken="once")["ImportTaskId"] == first["ImportTaskId"]
    with refused("IdempotentParameterMismatch"):
        importing(api, ClientToken="once", Description="other")


def test_tasks_end(api: Api) -> None:
    done, bad = importing(api)["ImportTaskId"], importing(api)["ImportTaskId"]
    with api.database.write() as session:
        for task_id, state in ((done, "completed"), (bad, "failed")):
            task = session.get_one(Task, task_id)
            task.state, task.message, task.ended_at = state, "it is truncated", clock.now()
    assert described(api, done)["Status"] == "completed"
    assert "StatusMessage" not in described(api, done)
    failed = described(api, bad)
    assert (failed["Status"], failed["StatusMessage"]) == ("deleted", "it is truncated")
    found = api("DescribeImportImageTasks", Filters=filters(task_state="deleted"))["ImportImageTasks"]
    assert [one["ImportTaskId"] for one in found] == [bad]
    with refused("InvalidParameterValue", "can not be cancelled"):
        api("CancelImportTask", ImportTaskId=done)


def test_cancelling(api: Api) -> None:
    task = importing(api)
    with refused("InvalidConversionTaskId.NotFound"):
        api.other_account()("CancelImportTask", ImportTaskId=task["ImportTaskId"])
    answer = api("CancelImportTask", ImportTaskId=task["ImportTaskId"], CancelReason="wrong file")
    assert (answer["PreviousState"], answer["State"]) == ("active", "deleted")
    assert described(api, task["ImportTaskId"])["StatusMessage"] == "wrong file"
    with api.database.read() as session:
        assert session.get_one(Image, task["ImageId"]).state == "deregistered"


def test_import_snapshot(api: Api) -> None:
    task = api("ImportSnapshot", DiskContainer=DISK, Description="data")
    snapshot_id = task["SnapshotTaskDetail"]["SnapshotId"]
    request = {"ImportTaskIds": [task["ImportTaskId"]]}

    def detail() -> dict[str, Any]:
        (shown,) = api("DescribeImportSnapshotTasks", **request)["ImportSnapshotTasks"]
        found: dict[str, Any] = shown["SnapshotTaskDetail"]
        return found

    assert (detail()["Status"], detail()["Progress"], detail()["Format"]) == ("active", "0", "VMDK")
    with api.database.write() as session:
        session.get_one(Snapshot, snapshot_id).progress = 40
    assert detail()["Progress"] == "40"
    with api.database.write() as session:
        row = session.get_one(Task, task["ImportTaskId"])
        row.state, row.message = "failed", "damaged"
    assert (detail()["Status"], detail()["StatusMessage"]) == ("error", "damaged")
    assert api("DescribeImportImageTasks")["ImportImageTasks"] == []
