"""kill -9 of the server at the beginning and end of every step of every story loses nothing.

For each boundary: arm it, do what starts the story, see the server die there, start it again, and wait for
what the story promises. At the end nothing half-done is left: every available image is whole in the store.
"""

import base64
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.app import open_state
from amiable.blocks.store import open_store
from amiable.blocks.verify import verify
from amiable.compute import process
from amiable.core import clock
from amiable.flows import uploads
from amiable.flows.stories import STORIES
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot, SnapshotPermission
from amiable.model.usage import UsageInterval
from tests.helpers.catalogs import distributing, write_catalog
from tests.helpers.cleaner import give_cleaner
from tests.helpers.server import REGION, Server, eventually, prepared

MODULE = "tests.helpers.crashing"
BLOCK = b"block".ljust(524288, b"!")
ELSEWHERE = "us-west-2"


TRIED: set[str] = set()
"""The stories that a test below is about."""


def boundaries(kind: str, *left_out: str) -> list[str]:
    """`kind.step:begin` and `:end` of all steps of a story."""
    TRIED.add(kind)
    steps = [step for step in STORIES[kind].steps if step not in left_out]
    return [f"{kind}.{step}:{edge}" for step in steps for edge in ("begin", "end")]


class World:
    """A server to kill, and one account's view of it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.target = server.folder / "crash-at"
        self.number = 0

    def start(self) -> None:
        self.server.start(MODULE, "serve")

    @property
    def ec2(self) -> Any:
        return self.server.account("acme").client("ec2")

    def crash_at(self, boundary: str, action: Any) -> Any:
        """Do `action` with a server that dies at `boundary`, and have it running again; its answer."""
        self.target.write_text(boundary)
        answer = action()
        assert self.server.process is not None
        try:
            self.server.process.wait(60)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server never came to {boundary}") from None
        assert not self.target.exists()
        self.server.process = None
        self.start()
        eventually(lambda: not self.unfinished(), within=90, what="the stories to end")
        return answer

    def unfinished(self) -> list[str]:
        """The stories under way; a collection may wait for the lease of an ingest that was killed."""
        with open_state(self.server.loaded()) as state, state.database.read() as session:
            query = select(Flow.kind).where(Flow.outcome.is_(None), Flow.kind != "collect")
            return list(session.scalars(query))

    def name(self) -> str:
        self.number += 1
        return f"image-{self.number}"

    def instance(self, instance_id: str) -> dict[str, Any]:
        (reservation,) = self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        return dict(reservation["Instances"][0])

    def reaches(self, instance_id: str, *states: str) -> None:
        eventually(
            lambda: self.instance(instance_id)["State"]["Name"] in states,
            within=60,
            what=f"{instance_id} to be {states}",
        )

    def run(self, image_id: str) -> str:
        answer = self.ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, InstanceType="t3.nano")
        return str(answer["Instances"][0]["InstanceId"])

    def image_reaches(self, image_id: str, state: str) -> None:
        eventually(
            lambda: self.ec2.describe_images(ImageIds=[image_id])["Images"][0]["State"] == state,
            within=60,
            what=f"{image_id} to be {state}",
        )

    def qemu_of(self, instance_id: str) -> str | None:
        """The process id of an instance's QEMU, if it runs."""
        running = process.find(self.server.loaded().machine_directory(instance_id))
        if running is None:
            return None
        with running:
            return str(running.pid)


@pytest.fixture(scope="module")
def world(tiny_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with (
        distributing(tiny_disk, tmp_path_factory.mktemp("served")) as offer,
        prepared(stop_grace_seconds="1") as server,
    ):
        world = World(server)
        write_catalog(Path(server.settings["catalog_dir"]), {"name": "tiny-web", **offer})
        server.settings["crash_at"] = str(world.target)
        world.start()
        shutil.copy(tiny_disk, server.loaded().import_folder / "tiny.raw")
        yield world


def imported(world: World) -> str:
    client = world.server.account("amazon").client("amiable")
    return str(client.import_disk(Source="file:tiny.raw", Name=world.name(), Public=True)["ImageId"])


@pytest.fixture(scope="module")
def image_id(world: World) -> str:
    image_id = imported(world)
    world.image_reaches(image_id, "available")
    return image_id


@pytest.fixture(scope="module")
def instance_id(world: World, image_id: str) -> str:
    instance_id = world.run(image_id)
    world.reaches(instance_id, "running")
    return instance_id


@pytest.mark.parametrize("boundary", boundaries("import-disk"))
def test_import(world: World, boundary: str) -> None:
    image_id = world.crash_at(boundary, lambda: imported(world))
    world.image_reaches(image_id, "available")


def catalog_images(world: World) -> dict[str, Image]:
    """The images of the catalog's entry by region."""
    with open_state(world.server.loaded()) as state, state.database.read() as session:
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


@pytest.fixture(scope="module")
def paid_image(world: World, image_id: str) -> str:
    """An image of a product that acme is subscribed to."""
    amazon, acme = world.server.account("amazon"), world.server.account("acme")
    copy = str(amazon.client("amiable").import_disk(Source="file:tiny.raw", Name=world.name())["ImageId"])
    eventually(
        lambda: amazon.client("ec2").describe_images(ImageIds=[copy])["Images"][0]["State"] == "available",
        within=60,
        what="the paid image",
    )
    code = amazon.client("amiable").create_product(
        Name="paid", Title="Paid", HourlyPrices={"default": "1"}, Terms="Pay.", ImageIds=[copy]
    )["ProductCode"]
    amazon.client("ec2").modify_image_attribute(ImageId=copy, LaunchPermission={"Add": [{"UserId": acme.id}]})
    acme.client("amiable").subscribe_product(ProductCode=code, AcceptTerms=True)
    return copy


@pytest.mark.parametrize(
    "boundary", boundaries("launch", *list(STORIES["launch"].steps)[:-1]) + boundaries("terminate", "end")
)
def test_no_second_is_lost_or_charged_twice(world: World, paid_image: str, boundary: str) -> None:
    """Killed where an interval opens and where it closes: there is one, and it spans the machine's life."""
    opens = boundary.startswith("launch")
    begun = clock.now()
    instance_id = str(
        world.crash_at(boundary, lambda: world.run(paid_image)) if opens else world.run(paid_image)
    )
    world.reaches(instance_id, "running")
    running = clock.now()

    def terminate() -> None:
        world.ec2.terminate_instances(InstanceIds=[instance_id])

    if opens:
        terminate()
    else:
        world.crash_at(boundary, terminate)
    world.reaches(instance_id, "terminated")
    with open_state(world.server.loaded()) as state, state.database.read() as session:
        (row,) = session.scalars(select(UsageInterval).where(UsageInterval.instance_id == instance_id))
    assert row.ended_at is not None
    assert begun <= row.started_at <= running <= row.ended_at <= clock.now()


@pytest.mark.parametrize("boundary", boundaries("launch"))
def test_launch_then_terminate(world: World, image_id: str, boundary: str) -> None:
    instance_id = world.crash_at(boundary, lambda: world.run(image_id))
    world.reaches(instance_id, "running")
    assert world.qemu_of(instance_id)
    world.ec2.terminate_instances(InstanceIds=[instance_id])
    world.reaches(instance_id, "terminated")


@pytest.mark.parametrize("boundary", boundaries("terminate"))
def test_terminate(world: World, image_id: str, boundary: str) -> None:
    instance_id = world.run(image_id)
    world.reaches(instance_id, "running")
    volumes = {row["Ebs"]["VolumeId"] for row in world.instance(instance_id)["BlockDeviceMappings"]}
    world.crash_at(boundary, lambda: world.ec2.terminate_instances(InstanceIds=[instance_id]))
    world.reaches(instance_id, "terminated")
    assert world.qemu_of(instance_id) is None
    left = {volume["VolumeId"] for volume in world.ec2.describe_volumes()["Volumes"]}
    assert not volumes & left
    assert not any((world.server.loaded().data_dir / "volumes" / one).exists() for one in volumes)


@pytest.mark.parametrize("boundary", boundaries("stop"))
def test_stop(world: World, instance_id: str, boundary: str) -> None:
    world.crash_at(boundary, lambda: world.ec2.stop_instances(InstanceIds=[instance_id]))
    world.reaches(instance_id, "stopped")
    assert world.qemu_of(instance_id) is None
    world.ec2.start_instances(InstanceIds=[instance_id])
    world.reaches(instance_id, "running")


@pytest.mark.parametrize("boundary", boundaries("start"))
def test_start(world: World, instance_id: str, boundary: str) -> None:
    world.ec2.stop_instances(InstanceIds=[instance_id])
    world.reaches(instance_id, "stopped")
    world.crash_at(boundary, lambda: world.ec2.start_instances(InstanceIds=[instance_id]))
    world.reaches(instance_id, "running")
    assert world.qemu_of(instance_id)


@pytest.mark.parametrize("boundary", boundaries("reboot"))
def test_reboot(world: World, instance_id: str, boundary: str) -> None:
    world.crash_at(boundary, lambda: world.ec2.reboot_instances(InstanceIds=[instance_id]))
    world.reaches(instance_id, "running")
    assert world.qemu_of(instance_id)


@pytest.mark.parametrize("boundary", boundaries("create-image"))
def test_create_image_with_reboot(world: World, instance_id: str, boundary: str) -> None:
    answer = world.crash_at(
        boundary, lambda: world.ec2.create_image(InstanceId=instance_id, Name=world.name())
    )
    world.image_reaches(answer["ImageId"], "available")
    world.reaches(instance_id, "running")
    assert world.qemu_of(instance_id)


@pytest.mark.parametrize("boundary", boundaries("create-image", "shut_down", "restart"))
def test_create_image_while_running(world: World, instance_id: str, boundary: str) -> None:
    before = world.qemu_of(instance_id)
    answer = world.crash_at(
        boundary,
        lambda: world.ec2.create_image(InstanceId=instance_id, Name=world.name(), NoReboot=True),
    )
    world.image_reaches(answer["ImageId"], "available")
    assert world.qemu_of(instance_id) == before, "the machine went on running under the killed server"


@pytest.mark.parametrize("boundary", boundaries("create-image", "shut_down", "restart", "capture"))
def test_create_image_of_a_stopped_instance(world: World, image_id: str, boundary: str) -> None:
    instance_id = world.run(image_id)
    world.reaches(instance_id, "running")
    world.ec2.stop_instances(InstanceIds=[instance_id])
    world.reaches(instance_id, "stopped")
    answer = world.crash_at(
        boundary, lambda: world.ec2.create_image(InstanceId=instance_id, Name=world.name())
    )
    world.image_reaches(answer["ImageId"], "available")
    world.ec2.terminate_instances(InstanceIds=[instance_id])


def clean_image(world: World, instance_id: str) -> str:
    acme = world.server.account("acme").client("amiable")
    return str(acme.create_clean_image(InstanceId=instance_id, Name=world.name(), NoReboot=True)["ImageId"])


def nothing_temporary_is_left(world: World) -> None:
    with open_state(world.server.loaded()) as state, state.database.read() as session:
        temporary = session.scalars(select(Snapshot.id).where(Snapshot.description.startswith("Temporary")))
        assert not list(temporary)
    assert not list((world.server.loaded().data_dir / "work").iterdir())


@pytest.mark.parametrize(
    "boundary", ["create-image.publish:begin", "create-image.publish:end", *boundaries("clean-image")]
)
def test_create_clean_image(world: World, instance_id: str, boundary: str) -> None:
    give_cleaner(world.server)
    image_id = world.crash_at(boundary, lambda: clean_image(world, instance_id))
    world.image_reaches(image_id, "available")
    nothing_temporary_is_left(world)


def test_the_server_dies_while_an_image_is_cleaned(world: World, instance_id: str) -> None:
    """The cleaning machine outlives it, is ended, and another one begins anew."""
    image_id = clean_image(world, instance_id)
    work = world.server.loaded().data_dir / "work"
    running = eventually(
        lambda: next(filter(None, map(process.find, work.glob("*/machine"))), None),
        within=60,
        what="a machine",
    )
    with running:
        world.server.kill()
        assert not process.has_ended(running)
        world.start()
        world.image_reaches(image_id, "available")
        assert process.has_ended(running)
    eventually(lambda: not world.unfinished(), within=60, what="the stories to end")
    nothing_temporary_is_left(world)


def volume(world: World, volume_id: str) -> dict[str, Any] | None:
    """What DescribeVolumes says of it; None once it is gone."""
    filters = [{"Name": "volume-id", "Values": [volume_id]}]
    return next(iter(world.ec2.describe_volumes(Filters=filters)["Volumes"]), None)


def new_volume(world: World) -> str:
    made = world.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, VolumeType="gp3")
    return str(made["VolumeId"])


def available(world: World, volume_id: str) -> None:
    eventually(
        lambda: (volume(world, volume_id) or {}).get("State") == "available",
        within=60,
        what=f"{volume_id} to be available",
    )


@pytest.mark.parametrize("boundary", boundaries("create-volume") + boundaries("delete-volume"))
def test_create_and_delete_volume(world: World, boundary: str) -> None:
    creating = boundary.startswith("create")
    volume_id = world.crash_at(boundary, lambda: new_volume(world)) if creating else new_volume(world)
    available(world, volume_id)
    folder = world.server.loaded().data_dir / "volumes" / volume_id
    assert folder.exists()
    if creating:
        world.ec2.delete_volume(VolumeId=volume_id)
    else:
        world.crash_at(boundary, lambda: world.ec2.delete_volume(VolumeId=volume_id))
    eventually(lambda: volume(world, volume_id) is None, within=60, what=f"{volume_id} to be gone")
    assert not folder.exists()


@pytest.mark.parametrize(
    "boundary", [one for kind in ("attach", "modify", "detach") for one in boundaries(f"{kind}-volume")]
)
def test_attach_modify_and_detach(world: World, instance_id: str, boundary: str) -> None:
    volume_id = new_volume(world)
    available(world, volume_id)
    before = world.qemu_of(instance_id)

    def do(kind: str, action: Any) -> None:
        if boundary.startswith(kind):
            world.crash_at(boundary, action)
        else:
            action()
        eventually(lambda: not world.unfinished(), within=60, what=f"{kind} to end")

    place = {"VolumeId": volume_id, "InstanceId": instance_id}
    do("attach", lambda: world.ec2.attach_volume(**place, Device="/dev/sdf"))
    (attachment,) = (volume(world, volume_id) or {})["Attachments"]
    assert attachment["State"] == "attached"
    do("modify", lambda: world.ec2.modify_volume(VolumeId=volume_id, Size=2))
    (change,) = world.ec2.describe_volumes_modifications(VolumeIds=[volume_id])["VolumesModifications"]
    assert change["ModificationState"] == "completed"
    do("detach", lambda: world.ec2.detach_volume(VolumeId=volume_id, Force=True))
    available(world, volume_id)
    assert world.qemu_of(instance_id) == before, "the machine went on running"
    world.ec2.delete_volume(VolumeId=volume_id)


@pytest.mark.parametrize("boundary", boundaries("replace-root-volume"))
def test_replace_root_volume(world: World, instance_id: str, boundary: str) -> None:
    request = {"InstanceId": instance_id, "DeleteReplacedRootVolume": True}
    world.crash_at(boundary, lambda: world.ec2.create_replace_root_volume_task(**request))
    tasks = world.ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"]
    assert {task["TaskState"] for task in tasks} == {"succeeded"}
    world.reaches(instance_id, "running")
    assert world.qemu_of(instance_id)
    (mapping,) = world.instance(instance_id)["BlockDeviceMappings"]
    assert (volume(world, mapping["Ebs"]["VolumeId"]) or {})["State"] == "in-use"
    assert not [row for row in world.ec2.describe_volumes()["Volumes"] if row["State"] == "available"]


@pytest.mark.parametrize(
    "boundary", [one for kind in ("attach", "detach") for one in boundaries(f"{kind}-interface")]
)
def test_attach_and_detach_interface(world: World, instance_id: str, boundary: str) -> None:
    subnet = world.instance(instance_id)["SubnetId"]
    made = world.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    before = world.qemu_of(instance_id)

    def interface() -> dict[str, Any]:
        found = world.ec2.describe_network_interfaces(NetworkInterfaceIds=[made])["NetworkInterfaces"]
        return dict(found[0])

    def do(kind: str, action: Any) -> Any:
        answer = world.crash_at(boundary, action) if boundary.startswith(kind) else action()
        eventually(lambda: not world.unfinished(), within=60, what=f"{kind} to end")
        return answer

    place = {"NetworkInterfaceId": made, "InstanceId": instance_id, "DeviceIndex": 1}
    attachment = do("attach", lambda: world.ec2.attach_network_interface(**place))["AttachmentId"]
    assert interface()["Attachment"]["Status"] == "attached"
    do("detach", lambda: world.ec2.detach_network_interface(AttachmentId=attachment, Force=True))
    eventually(lambda: interface()["Status"] == "available", within=60, what=f"{made} to be free")
    assert world.qemu_of(instance_id) == before, "the machine went on running"
    world.ec2.delete_network_interface(NetworkInterfaceId=made)


@pytest.mark.parametrize("boundary", boundaries("refresh-network"))
def test_rules_change(world: World, instance_id: str, boundary: str) -> None:
    (group,) = (row["GroupId"] for row in world.instance(instance_id)["SecurityGroups"])
    rule = {"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    request = {"GroupId": group, "IpPermissions": [rule]}
    world.crash_at(boundary, lambda: world.ec2.authorize_security_group_ingress(**request))
    world.ec2.revoke_security_group_ingress(**request)


@pytest.mark.parametrize("boundary", boundaries("exited", "remove"))
def test_a_machine_that_ends_by_itself(world: World, image_id: str, boundary: str) -> None:
    instance_id = world.run(image_id)
    world.reaches(instance_id, "running")
    pid = world.qemu_of(instance_id)
    assert pid is not None
    world.crash_at(boundary, lambda: subprocess.run(["kill", "-9", pid], check=True))
    world.reaches(instance_id, "stopped")
    world.ec2.terminate_instances(InstanceIds=[instance_id])


@pytest.mark.parametrize("boundary", boundaries("delete-snapshot") + boundaries("collect"))
def test_deregister_and_delete_snapshot(world: World, instance_id: str, boundary: str) -> None:
    made = world.ec2.create_image(InstanceId=instance_id, Name=world.name(), NoReboot=True)["ImageId"]
    world.image_reaches(made, "available")
    (image,) = world.ec2.describe_images(ImageIds=[made])["Images"]
    snapshot_id = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    world.crash_at(
        boundary,
        lambda: world.ec2.deregister_image(ImageId=made, DeleteAssociatedSnapshots=True),
    )
    eventually(lambda: _row(world, snapshot_id) is None, within=60, what=f"{snapshot_id} to be gone")


@pytest.mark.parametrize("boundary", boundaries("copy-image"))
def test_copy_image(world: World, image_id: str, boundary: str) -> None:
    west = world.server.account("acme").client("ec2", ELSEWHERE)
    words = {"SourceImageId": image_id, "SourceRegion": REGION}
    source = _share_storage(world, image_id)
    made = world.crash_at(boundary, lambda: west.copy_image(**words, Name=world.name()))["ImageId"]
    (image,) = west.describe_images(ImageIds=[made])["Images"]
    assert image["State"] == "available"
    (copy,) = (device["Ebs"]["SnapshotId"] for device in image["BlockDeviceMappings"])
    digests = {getattr(_row(world, one), "manifest_digest", None) for one in (copy, source)}
    assert len(digests) == 1


@pytest.mark.parametrize("boundary", boundaries("copy-snapshot"))
def test_copy_snapshot(world: World, image_id: str, boundary: str) -> None:
    west = world.server.account("acme").client("ec2", ELSEWHERE)
    words = {"SourceSnapshotId": _share_storage(world, image_id), "SourceRegion": REGION}
    made = world.crash_at(boundary, lambda: west.copy_snapshot(**words))["SnapshotId"]
    (snapshot,) = west.describe_snapshots(SnapshotIds=[made])["Snapshots"]
    assert (snapshot["State"], snapshot["Progress"]) == ("completed", "100%")


def _ended(ask: Any) -> dict[str, Any]:
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
    ended = _ended(world.ec2.describe_import_image_tasks(ImportTaskIds=[task["ImportTaskId"]]))
    assert ended["Status"] == "completed", ended
    world.image_reaches(task["ImageId"], "available")


@pytest.mark.parametrize("boundary", boundaries("import-snapshot"))
def test_import_snapshot(world: World, boundary: str) -> None:
    disk = {"Format": "RAW", "Url": "file:tiny.raw"}
    task = world.crash_at(boundary, lambda: world.ec2.import_snapshot(DiskContainer=disk))
    ended = _ended(world.ec2.describe_import_snapshot_tasks(ImportTaskIds=[task["ImportTaskId"]]))
    assert ended["SnapshotTaskDetail"]["Status"] == "completed", ended
    snapshot_completes(world, ended["SnapshotTaskDetail"]["SnapshotId"])


@pytest.mark.parametrize("boundary", boundaries("inspect"))
def test_inspect(world: World, image_id: str, boundary: str) -> None:
    """Each time another question, for answers are kept."""
    client = world.server.account("acme").client("amiable")
    question = {"ResourceId": image_id, "SearchBlocks": boundary.endswith("end")}
    asked = world.crash_at(boundary, lambda: client.inspect_image(**question))["Inspection"]
    (inspection,) = client.describe_inspections(InspectionIds=[asked["InspectionId"]])["Inspections"]
    assert inspection["State"] == "completed", inspection


@pytest.mark.parametrize("boundary", boundaries("export-image"))
def test_export_image(world: World, own_image: str, boundary: str) -> None:
    request = {"DiskImageFormat": "VMDK", "S3ExportLocation": {"S3Bucket": "file:"}}
    task = world.crash_at(boundary, lambda: world.ec2.export_image(ImageId=own_image, **request))
    task_id = task["ExportImageTaskId"]
    ended = _ended(world.ec2.describe_export_image_tasks(ExportImageTaskIds=[task_id]))
    assert ended["Status"] == "completed", ended
    files = world.server.loaded().import_folder / world.server.account("acme").id
    assert (files / f"{task_id}.vmdk").read_bytes()[:4] == b"KDMV"
    assert not list(files.glob("*.part"))


@pytest.mark.parametrize("boundary", boundaries("store-image") + boundaries("restore-image"))
def test_store_and_restore_image(world: World, own_image: str, boundary: str) -> None:
    def store() -> str:
        return str(world.ec2.create_store_image_task(ImageId=own_image, Bucket="file:")["ObjectKey"])

    def stored() -> bool:
        state = _ended(world.ec2.describe_store_image_tasks(ImageIds=[own_image]))["StoreTaskState"]
        return bool(state == "Completed")

    begins_with_store = boundary.startswith("store-image")
    key = world.crash_at(boundary, store) if begins_with_store else store()
    eventually(stored, within=60, what="the image to be stored")

    def restore() -> str:
        request = {"Bucket": "file:", "ObjectKey": key, "Name": world.name()}
        return str(world.ec2.create_restore_image_task(**request)["ImageId"])

    made = restore() if begins_with_store else world.crash_at(boundary, restore)
    world.image_reaches(made, "available")


def _share_storage(world: World, image_id: str) -> str:
    """Let everyone read the snapshot below an image; its id."""
    with open_state(world.server.loaded()) as state, state.database.write() as session:
        snapshot = session.get_one(Snapshot, session.get_one(Image, image_id).devices[0].snapshot_id)
        if not snapshot.permissions:
            snapshot.permissions.append(SnapshotPermission(grantee="all"))
        return snapshot.id


def snapshot_completes(world: World, snapshot_id: str) -> None:
    eventually(
        lambda: getattr(_row(world, snapshot_id), "state", None) != "pending",
        within=60,
        what=f"{snapshot_id} to end",
    )
    row = _row(world, snapshot_id)
    assert row is not None
    assert row.state == "completed", row.state_message


@pytest.mark.parametrize("boundary", boundaries("create-snapshots"))
def test_create_snapshots_while_running(world: World, instance_id: str, boundary: str) -> None:
    before = world.qemu_of(instance_id)
    asked = {"InstanceId": instance_id}
    answer = world.crash_at(boundary, lambda: world.ec2.create_snapshots(InstanceSpecification=asked))
    for snapshot in answer["Snapshots"]:
        snapshot_completes(world, snapshot["SnapshotId"])
    assert world.qemu_of(instance_id) == before, "the machine went on running under the killed server"


@pytest.mark.parametrize("boundary", boundaries("create-snapshots", "capture"))
def test_create_snapshot_of_a_volume_on_no_instance(world: World, boundary: str) -> None:
    volume_id = new_volume(world)
    available(world, volume_id)
    answer = world.crash_at(boundary, lambda: world.ec2.create_snapshot(VolumeId=volume_id))
    snapshot_completes(world, answer["SnapshotId"])
    world.ec2.delete_volume(VolumeId=volume_id)


def begun(world: World, ebs: Any) -> str:
    """A snapshot into which a block was put."""
    snapshot_id = str(ebs.start_snapshot(VolumeSize=1)["SnapshotId"])
    block = {"BlockIndex": 7, "DataLength": len(BLOCK), "ChecksumAlgorithm": "SHA256"}
    checksum = base64.b64encode(hashlib.sha256(BLOCK).digest()).decode()
    ebs.put_snapshot_block(SnapshotId=snapshot_id, BlockData=BLOCK, Checksum=checksum, **block)
    return snapshot_id


@pytest.mark.parametrize("boundary", boundaries("complete-upload"))
def test_complete_snapshot_of_blocks(world: World, boundary: str) -> None:
    ebs = world.server.account("acme").client("ebs")
    snapshot_id = begun(world, ebs)
    complete = {"SnapshotId": snapshot_id, "ChangedBlocksCount": 1}
    world.crash_at(boundary, lambda: ebs.complete_snapshot(**complete))
    snapshot_completes(world, snapshot_id)
    (block,) = ebs.list_snapshot_blocks(SnapshotId=snapshot_id)["Blocks"]
    assert ebs.get_snapshot_block(SnapshotId=snapshot_id, **block)["BlockData"].read() == BLOCK
    assert not staged(world)


@pytest.mark.parametrize("boundary", boundaries("discard-upload"))
def test_blocks_that_were_never_completed_go(world: World, boundary: str) -> None:
    snapshot_id = begun(world, world.server.account("acme").client("ebs"))

    def time_passes() -> None:
        with open_state(world.server.loaded()) as state:
            with state.database.write() as session:
                session.get_one(Snapshot, snapshot_id).writable_until = clock.now()
            uploads.expire(None, state.database)  # type: ignore[arg-type] # as the chore does, sooner

    world.crash_at(boundary, time_passes)
    assert getattr(_row(world, snapshot_id), "state", None) == "error"
    assert not staged(world)


def staged(world: World) -> list[Path]:
    """Files of blocks that clients put."""
    folder = world.server.loaded().data_dir / "stores" / REGION / "uploads"
    return [path for path in folder.rglob("*") if path.is_file()]


def _row(world: World, snapshot_id: str) -> Snapshot | None:
    with open_state(world.server.loaded()) as state, state.database.read() as session:
        return session.get(Snapshot, snapshot_id)


def test_every_story_was_tried() -> None:
    assert set(STORIES) - TRIED == set()


def test_every_available_image_is_whole(world: World, image_id: str) -> None:
    """After all that killing: each snapshot of an available image is in the store, chunk for chunk."""
    settings = world.server.loaded()
    with open_state(settings) as state, state.database.read() as session:
        images = session.query(Image).where(Image.state == "available").all()
        unfinished = session.query(Image).where(Image.state.in_(("pending", "failed"))).all()
        assert not [image for image in unfinished if not image.listed]
        wanted = [device.snapshot_id for image in images for device in image.devices if device.snapshot_id]
        snapshots = [session.get_one(Snapshot, one) for one in wanted]
    assert {snapshot.state for snapshot in snapshots} == {"completed"}
    for region in (REGION, ELSEWHERE):
        names = [snapshot.id for snapshot in snapshots if snapshot.region == region]
        assert not verify(open_store(settings.store_url(region), {}), names).findings
