"""Images that travel: imported, registered, stored in S3 and restored elsewhere, exported, imported again.

Two machines boot at the end: one of an image that RegisterImage made, one of an image that went through a
bucket into the other region.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amiable.app import open_state
from amiable.model.snapshot import Snapshot
from tests.helpers import seaweedfs
from tests.helpers.guest import launch
from tests.helpers.server import Account, Server, eventually, prepared

ELSEWHERE = "us-west-2"
SOON = {"Delay": 1, "MaxAttempts": 120}


@pytest.fixture(scope="module")
def server(tiny_disk: Path) -> Iterator[Server]:
    """A server with a bucket that only `owner` may use."""
    with seaweedfs.running() as s3, prepared() as server:
        owner = server.account("owner")
        server.settings["buckets"] = f"{seaweedfs.BUCKET}={owner.id}"
        server.settings["bucket_options"] = ",".join(f"{name}={value}" for name, value in s3.options.items())
        server.start()
        shutil.copy(tiny_disk, server.loaded().import_folder / "tiny.raw")
        yield server


@pytest.fixture(scope="module")
def owner(server: Server) -> Account:
    return server.account("owner")


def ended(ask: Any, what: str) -> dict[str, Any]:
    """The task once it is over."""

    def over() -> dict[str, Any] | None:
        ((task,),) = (value for name, value in ask().items() if name.endswith("Tasks"))
        return None if task.get("SnapshotTaskDetail", task)["Status"] == "active" else task

    found: dict[str, Any] = eventually(over, within=240, what=what)
    return found


def imported(ec2: Any, **container: Any) -> dict[str, Any]:
    task_id = ec2.import_image(DiskContainers=[container])["ImportTaskId"]
    return ended(lambda: ec2.describe_import_image_tasks(ImportTaskIds=[task_id]), "the import of an image")


def root_of(ec2: Any, image_id: str) -> str:
    """The snapshot below an image's root device."""
    (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
    assert image["State"] == "available", image
    return str(image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])


def content(server: Server, snapshot_id: str) -> str | None:
    """The digest of a snapshot's content."""
    with open_state(server.loaded()) as state, state.database.read() as session:
        return session.get_one(Snapshot, snapshot_id).manifest_digest


@pytest.fixture(scope="module")
def image_id(owner: Account) -> str:
    task = imported(owner.client("ec2"), Format="RAW", Url="file:tiny.raw")
    assert task["Status"] == "completed", task
    return str(task["ImageId"])


@pytest.fixture(scope="module")
def restored(owner: Account, image_id: str) -> str:
    """The image, by way of the bucket, in the other region."""
    here, there = owner.client("ec2"), owner.client("ec2", ELSEWHERE)
    here.create_tags(Resources=[image_id], Tags=[{"Key": "stage", "Value": "test"}])
    key = here.create_store_image_task(ImageId=image_id, Bucket=seaweedfs.BUCKET)["ObjectKey"]
    here.get_waiter("store_image_task_complete").wait(ImageIds=[image_id], WaiterConfig=SOON)
    request = {"Bucket": seaweedfs.BUCKET, "ObjectKey": key, "Name": "restored"}
    restored = str(there.create_restore_image_task(**request)["ImageId"])
    there.get_waiter("image_available").wait(ImageIds=[restored], WaiterConfig=SOON)
    return restored


def test_stored_and_restored_is_the_same(
    server: Server, owner: Account, image_id: str, restored: str
) -> None:
    here, there = owner.client("ec2"), owner.client("ec2", ELSEWHERE)
    (image,) = there.describe_images(ImageIds=[restored])["Images"]
    assert (image["Name"], image["Tags"]) == ("restored", [{"Key": "stage", "Value": "test"}])
    assert content(server, root_of(there, restored)) == content(server, root_of(here, image_id))


@pytest.mark.parametrize(("form", "bucket"), [("VMDK", seaweedfs.BUCKET), ("VHD", "file:"), ("RAW", "file:")])
def test_exported_and_imported_is_the_same(
    server: Server, owner: Account, image_id: str, form: str, bucket: str
) -> None:
    ec2 = owner.client("ec2")
    where = {"S3Bucket": bucket, "S3Prefix": "out-"}
    task_id = ec2.export_image(ImageId=image_id, DiskImageFormat=form, S3ExportLocation=where)[
        "ExportImageTaskId"
    ]
    ask = ec2.describe_export_image_tasks
    assert ended(lambda: ask(ExportImageTaskIds=[task_id]), "the export")["Status"] == "completed"
    key = f"out-{task_id}.{form.lower()}"
    url = f"file:{key}" if bucket == "file:" else f"s3://{bucket}/{key}"
    task = ec2.import_snapshot(DiskContainer={"Format": form, "Url": url})
    ec2.get_waiter("snapshot_imported").wait(ImportTaskIds=[task["ImportTaskId"]], WaiterConfig=SOON)
    (shown,) = ec2.describe_import_snapshot_tasks(ImportTaskIds=[task["ImportTaskId"]])["ImportSnapshotTasks"]
    detail = shown["SnapshotTaskDetail"]
    assert detail["Status"] == "completed"
    assert content(server, detail["SnapshotId"]) == content(server, root_of(ec2, image_id))


def test_a_file_that_is_not_what_it_is_called_fails_its_task(owner: Account) -> None:
    ec2 = owner.client("ec2")
    task = imported(ec2, Format="VHDX", Url="file:tiny.raw")
    assert (task["Status"], "VHDX" in task["StatusMessage"]) == ("deleted", True)
    (image,) = ec2.describe_images(ImageIds=[task["ImageId"]])["Images"]
    assert (image["State"], "VHDX" in image["StateReason"]["Message"]) == ("failed", True)


def test_an_object_that_is_no_image_fails_the_restoration(server: Server, owner: Account) -> None:
    ec2 = owner.client("ec2")
    (server.loaded().import_folder / "ami-0.bin").write_bytes(b"no image" * 100)
    image_id = ec2.create_restore_image_task(Bucket="file:", ObjectKey="ami-0.bin")["ImageId"]
    image = eventually(
        lambda: next(
            (one for one in ec2.describe_images(ImageIds=[image_id])["Images"] if one["State"] == "failed"),
            None,
        ),
        within=60,
        what="the restoration to fail",
    )
    assert "not a stored image" in image["StateReason"]["Message"]


def test_they_boot(owner: Account, image_id: str, restored: str) -> None:
    """A registered image here, the restored one in the other region."""
    ec2 = owner.client("ec2")
    registered = ec2.register_image(
        Name="registered",
        Architecture="x86_64",
        VirtualizationType="hvm",
        RootDeviceName="/dev/sda1",
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": root_of(ec2, image_id), "VolumeSize": 2}},
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}},
        ],
    )["ImageId"]
    guest = launch(owner, registered, 22).until_ssh()
    assert guest.ssh("cat /sys/block/*/size").split().count(str(1 << 21)) == 1
    guest.terminate()
    west = owner.client("ec2", ELSEWHERE)
    instance = west.run_instances(ImageId=restored, MinCount=1, MaxCount=1, InstanceType="t3.nano")
    instance_id = instance["Instances"][0]["InstanceId"]
    output = west.get_console_output
    eventually(
        lambda: "amiable-tiny ready" in output(InstanceId=instance_id).get("Output", ""),
        within=240,
        every=1,
        what="the restored image to boot",
    )
    west.terminate_instances(InstanceIds=[instance_id])
