"""kill -9 in the stories that bring images and snapshots in, out and to other Regions."""

from typing import Any

import pytest
from sqlalchemy import select

from amiable.model.image import Image
from tests.helpers.killing import (
    ELSEWHERE,
    World,
    boundaries,
    imported,
    share_storage,
    snapshot_completes,
    snapshot_row,
)
from tests.helpers.server import REGION, eventually


@pytest.mark.parametrize("boundary", boundaries("import-disk"))
def test_import(world: World, boundary: str) -> None:
    image_id = world.crash_at(boundary, lambda: imported(world))
    world.image_reaches(image_id, "available")


def catalog_images(world: World) -> dict[str, Image]:
    """The images of the catalog's entry by region."""
    with world.state.database.read() as session:
        rows = session.scalars(select(Image).where(Image.catalog_name == "tiny-web"))
        return {image.region: image for image in rows}


@pytest.mark.parametrize("boundary", boundaries("catalog-import"))
def test_catalog_import(world: World, boundary: str) -> None:
    before = catalog_images(world)
    assert len(before) == 2
    client = world.server.account("amazon").client("amiable")
    world.crash_at(boundary, lambda: client.pull_catalog_image(Name="tiny-web", Refresh=True))
    after = catalog_images(world)
    assert {image.state for image in after.values()} == {"available"}
    first = any(image.state == "pending" for image in before.values())
    for region, image in after.items():
        assert (image.id == before[region].id) == first, "a refresh makes a new one, a first import does not"


@pytest.mark.parametrize("boundary", boundaries("copy-image"))
def test_copy_image(world: World, image_id: str, boundary: str) -> None:
    west = world.server.account("acme").client("ec2", ELSEWHERE)
    words = {"SourceImageId": image_id, "SourceRegion": REGION}
    source = share_storage(world, image_id)
    made = world.crash_at(boundary, lambda: west.copy_image(**words, Name=world.name()))["ImageId"]
    (image,) = west.describe_images(ImageIds=[made])["Images"]
    assert image["State"] == "available"
    (copy,) = (device["Ebs"]["SnapshotId"] for device in image["BlockDeviceMappings"])
    digests = {getattr(snapshot_row(world, one), "manifest_digest", None) for one in (copy, source)}
    assert len(digests) == 1


@pytest.mark.parametrize("boundary", boundaries("copy-snapshot"))
def test_copy_snapshot(world: World, image_id: str, boundary: str) -> None:
    west = world.server.account("acme").client("ec2", ELSEWHERE)
    words = {"SourceSnapshotId": share_storage(world, image_id), "SourceRegion": REGION}
    made = world.crash_at(boundary, lambda: west.copy_snapshot(**words))["SnapshotId"]
    (snapshot,) = west.describe_snapshots(SnapshotIds=[made])["Snapshots"]
    assert (snapshot["State"], snapshot["Progress"]) == ("completed", "100%")


def ended_task(ask: Any) -> dict[str, Any]:
    """A task that has ended."""
    (tasks,) = (value for name, value in ask.items() if name.endswith(("Tasks", "Results")))
    return dict(tasks[0])


@pytest.fixture(scope="module")
def own_image(world: World) -> str:
    """An image of the account's own, to export and store."""
    disk = {"Format": "RAW", "Url": "file:tiny.raw"}
    image_id = str(world.ec2.import_image(DiskContainers=[disk])["ImageId"])
    world.image_reaches(image_id, "available")
    return image_id


@pytest.mark.parametrize("boundary", boundaries("import-image"))
def test_import_image(world: World, own_image: str, boundary: str) -> None:
    disk = {"Format": "RAW", "Url": "file:tiny.raw"}
    task = world.crash_at(boundary, lambda: world.ec2.import_image(DiskContainers=[disk]))
    ended = ended_task(world.ec2.describe_import_image_tasks(ImportTaskIds=[task["ImportTaskId"]]))
    assert ended["Status"] == "completed", ended
    world.image_reaches(task["ImageId"], "available")


@pytest.mark.parametrize("boundary", boundaries("import-snapshot"))
def test_import_snapshot(world: World, boundary: str) -> None:
    disk = {"Format": "RAW", "Url": "file:tiny.raw"}
    task = world.crash_at(boundary, lambda: world.ec2.import_snapshot(DiskContainer=disk))
    ended = ended_task(world.ec2.describe_import_snapshot_tasks(ImportTaskIds=[task["ImportTaskId"]]))
    assert ended["SnapshotTaskDetail"]["Status"] == "completed", ended
    snapshot_completes(world, ended["SnapshotTaskDetail"]["SnapshotId"])


@pytest.mark.parametrize("boundary", boundaries("export-image"))
def test_export_image(world: World, own_image: str, boundary: str) -> None:
    request = {"DiskImageFormat": "VMDK", "S3ExportLocation": {"S3Bucket": "file:"}}
    task = world.crash_at(boundary, lambda: world.ec2.export_image(ImageId=own_image, **request))
    task_id = task["ExportImageTaskId"]
    ended = ended_task(world.ec2.describe_export_image_tasks(ExportImageTaskIds=[task_id]))
    assert ended["Status"] == "completed", ended
    files = world.server.loaded().import_folder / world.server.account("acme").id
    assert (files / f"{task_id}.vmdk").read_bytes()[:4] == b"KDMV"
    assert not list(files.glob("*.part"))


@pytest.mark.parametrize("boundary", boundaries("store-image") + boundaries("restore-image"))
def test_store_and_restore_image(world: World, own_image: str, boundary: str) -> None:
    def store() -> str:
        return str(world.ec2.create_store_image_task(ImageId=own_image, Bucket="file:")["ObjectKey"])

    def stored() -> bool:
        state = ended_task(world.ec2.describe_store_image_tasks(ImageIds=[own_image]))["StoreTaskState"]
        return bool(state == "Completed")

    begins_with_store = boundary.startswith("store-image")
    key = world.crash_at(boundary, store) if begins_with_store else store()
    eventually(stored, within=60, what="the image to be stored")

    def restore() -> str:
        request = {"Bucket": "file:", "ObjectKey": key, "Name": world.name()}
        return str(world.ec2.create_restore_image_task(**request)["ImageId"])

    made = restore() if begins_with_store else world.crash_at(boundary, restore)
    world.image_reaches(made, "available")
