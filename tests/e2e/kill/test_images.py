"""kill -9 in the stories that make an image, look into it and take it away."""

import pytest
from sqlalchemy import select

from amiable.compute import process
from amiable.model.snapshot import Snapshot
from tests.helpers.cleaner import give_cleaner
from tests.helpers.killing import World, boundaries, snapshot_row
from tests.helpers.server import eventually


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
    give_cleaner(world.server)
    acme = world.server.account("acme").client("amiable")
    return str(acme.create_clean_image(InstanceId=instance_id, Name=world.name(), NoReboot=True)["ImageId"])


def nothing_temporary_is_left(world: World) -> None:
    with world.state.database.read() as session:
        temporary = session.scalars(select(Snapshot.id).where(Snapshot.description.startswith("Temporary")))
        assert not list(temporary)
    assert not list((world.server.loaded().data_dir / "work").iterdir())


@pytest.mark.parametrize(
    "boundary", ["create-image.publish:begin", "create-image.publish:end", *boundaries("clean-image")]
)
def test_create_clean_image(world: World, instance_id: str, boundary: str) -> None:
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


@pytest.mark.parametrize("boundary", boundaries("inspect"))
def test_inspect(world: World, image_id: str, boundary: str) -> None:
    """Each time another question, for answers are kept."""
    client = world.server.account("acme").client("amiable")
    question = {"ResourceId": image_id, "SearchBlocks": boundary.endswith("end")}
    asked = world.crash_at(boundary, lambda: client.inspect_image(**question))["Inspection"]
    (inspection,) = client.describe_inspections(InspectionIds=[asked["InspectionId"]])["Inspections"]
    assert inspection["State"] == "completed", inspection


@pytest.mark.parametrize("boundary", boundaries("inspect"))
def test_diff(world: World, image_id: str, instance_id: str, boundary: str) -> None:
    made = world.ec2.create_image(InstanceId=instance_id, Name=world.name(), NoReboot=True)["ImageId"]
    world.image_reaches(made, "available")
    client = world.server.account("acme").client("amiable")
    question = {"ResourceId": image_id, "OtherResourceId": made}
    asked = world.crash_at(boundary, lambda: client.diff_images(**question))["Inspection"]
    (inspection,) = client.describe_inspections(InspectionIds=[asked["InspectionId"]])["Inspections"]
    assert inspection["State"] == "completed", inspection


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
    eventually(lambda: snapshot_row(world, snapshot_id) is None, within=60, what=f"{snapshot_id} to be gone")
