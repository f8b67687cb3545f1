"""kill -9 in the stories of an instance's life: it goes on, and nothing is charged twice."""

import subprocess
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.flows.stories import STORIES
from amiable.model.usage import UsageInterval
from tests.helpers.killing import World, boundaries
from tests.helpers.server import eventually


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
    with world.state.database.read() as session:
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


@pytest.mark.parametrize("boundary", boundaries("exited", "remove"))
def test_a_machine_that_ends_by_itself(world: World, image_id: str, boundary: str) -> None:
    instance_id = world.run(image_id)
    world.reaches(instance_id, "running")
    pid = world.qemu_of(instance_id)
    assert pid is not None
    world.crash_at(boundary, lambda: subprocess.run(["kill", "-9", pid], check=True))
    world.reaches(instance_id, "stopped")
    world.ec2.terminate_instances(InstanceIds=[instance_id])


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
