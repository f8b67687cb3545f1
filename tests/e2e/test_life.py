"""The life of an image on the tiny guest, by boto3 and the AWS CLI: launch, set up, image, launch again.

One instance is booted and used by all tests here, in order; images of it are launched where content counts.
"""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.guest import Guest, launch, opens
from tests.helpers.server import Account, Server, eventually


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("life")


@pytest.fixture(scope="module")
def guest(account: Account, tiny_ami: str) -> Iterator[Guest]:
    script = "#!/bin/sh\necho from-user-data > /user-data-ran\n"
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "test"}]}]
    devices = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "DeleteOnTermination": True}}]
    guest = launch(
        account, tiny_ami, 22, UserData=script, TagSpecifications=tags, BlockDeviceMappings=devices
    )
    yield guest.until_ssh()
    guest.terminate()


def aws(account: Account, *words: str) -> Any:
    """The AWS CLI, unchanged."""
    done = subprocess.run(
        ["aws", *words, "--output", "json"],
        env=account.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_the_guest_knows_who_it_is(guest: Guest) -> None:
    facts = guest.facts
    assert guest.ssh("cat /user-data-ran") == "from-user-data"
    assert facts["PrivateIpAddress"] in guest.ssh("ip -4 addr show eth0")
    assert guest.ssh("hostname").startswith("ip-172-31-")
    assert guest.ssh("cat /sys/class/dmi/id/board_asset_tag") == guest.id
    assert guest.ssh("cat /sys/class/dmi/id/product_uuid").lower().startswith("ec2")


def status_of(account: Account, guest: Guest) -> str:
    answer = aws(account, "ec2", "describe-instance-status", "--instance-ids", guest.id)
    return str(answer["InstanceStatuses"][0]["InstanceStatus"]["Status"])


def test_the_aws_cli_sees_the_same(account: Account, guest: Guest) -> None:
    identity = aws(account, "sts", "get-caller-identity")
    assert identity["Account"] == account.id
    found = aws(account, "ec2", "describe-instances", "--filters", "Name=tag:Name,Values=test")
    (instance,) = found["Reservations"][0]["Instances"]
    assert (instance["InstanceId"], instance["State"]["Name"]) == (guest.id, "running")
    output = aws(account, "ec2", "get-console-output", "--instance-id", guest.id)["Output"]
    assert "amiable-tiny ready" in output
    eventually(lambda: status_of(account, guest) == "ok", within=30, every=1, what="the status to be ok")


def test_rules_take_effect_at_once(account: Account, guest: Guest) -> None:
    ec2 = account.client("ec2")
    group = guest.facts["SecurityGroups"][0]["GroupId"]
    guest.ssh("mkdir -p /www; echo page > /www/index.html; httpd -p 8080 -h /www")
    rule = {"GroupId": group, "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "0.0.0.0/0"}
    assert not opens(guest.address, 8080)
    ec2.authorize_security_group_ingress(**rule)
    eventually(lambda: opens(guest.address, 8080), within=10, what="the port to open")
    ec2.revoke_security_group_ingress(**rule)
    eventually(lambda: not opens(guest.address, 8080), within=10, what="the port to close")


@pytest.mark.parametrize("reboot", [False, True], ids=["no-reboot", "reboot"])
def test_an_image_of_a_running_instance_has_all_volumes(
    account: Account, guest: Guest, *, reboot: bool
) -> None:
    mark = f"content-{reboot}"
    data = guest.ssh("for d in /dev/vd?; do blockdev --getsize64 $d >/dev/null && echo $d; done").split()[-1]
    guest.ssh(
        f"echo {mark} > /root-mark; echo {mark} | dd of={data} bs=512 seek=100 conv=sync 2>/dev/null; sync"
    )
    image_id = guest.image(f"image-{mark}", NoReboot=not reboot)
    guest.wait("running")
    copy = launch(account, image_id, 22).until_ssh()
    try:
        assert copy.ssh("cat /root-mark") == mark
        assert copy.ssh(f"dd if={data} bs=512 skip=100 count=1 2>/dev/null | tr -d '\\0'") == mark
        assert copy.facts["PrivateIpAddress"] != guest.facts["PrivateIpAddress"]
        assert copy.ssh("cat /sys/class/dmi/id/board_asset_tag") == copy.id
        assert copy.facts["ImageId"] == image_id
    finally:
        copy.terminate()
    guest.until_ssh()


def test_stop_image_start(account: Account, guest: Guest) -> None:
    guest.ssh("echo before-stop > /root-mark; sync")
    first = guest.address
    guest.ec2.stop_instances(InstanceIds=[guest.id])
    guest.wait("stopped")
    assert "PublicIpAddress" not in guest.facts
    assert guest.facts["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert not opens(first, 22)
    image_id = guest.image("image-of-a-stopped-one")
    guest.ec2.start_instances(InstanceIds=[guest.id])
    guest.wait("running")
    guest.until_ssh()
    assert guest.ssh("cat /root-mark") == "before-stop"
    assert guest.ssh("cat /user-data-ran") == "from-user-data"
    snapshots = account.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert {snapshot["State"] for snapshot in snapshots} == {"completed"}
    account.client("ec2").deregister_image(ImageId=image_id, DeleteAssociatedSnapshots=True)


def test_reboot_keeps_the_instance_and_its_disk(guest: Guest) -> None:
    guest.ssh("echo before-reboot > /root-mark; sync")
    booted = guest.ssh("cat /proc/sys/kernel/random/boot_id")
    guest.ec2.reboot_instances(InstanceIds=[guest.id])
    eventually(
        lambda: guest.ssh("cat /proc/sys/kernel/random/boot_id", check=False, timeout=30) not in ("", booted),
        within=240,
        every=1,
        what="a new boot",
    )
    assert guest.ssh("cat /root-mark") == "before-reboot"


def test_a_guest_that_powers_itself_off_is_stopped(account: Account, tiny_ami: str) -> None:
    guest = launch(account, tiny_ami, 22, UserData="#!/bin/sh\nsleep 1; poweroff\n")
    guest.wait("stopped", within=180)
    assert guest.facts["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    guest.terminate()


def test_another_account_launches_nothing_of_ours(server: Server, guest: Guest) -> None:
    other = server.account("stranger").client("ec2")
    assert other.describe_instances()["Reservations"] == []
    assert [image["Name"] for image in other.describe_images()["Images"]] == ["tiny"]
    with pytest.raises(other.exceptions.ClientError, match=r"InvalidInstanceID\.NotFound"):
        other.create_image(InstanceId=guest.id, Name="theft")
