"""A whole life of an image by the clients that people have: AWS CLI v1 and v2, boto3 and its waiters.

create → share → launch from the other account → copy → deprecate → disable → bin → restore → deregister.
One tiny instance is imaged by each client in turn.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.helpers.guest import Guest, launch
from tests.helpers.server import REGION, Account, Server, eventually

ELSEWHERE = "us-west-2"
CLIENTS = {"v1": str(Path(sys.executable).parent / "aws"), "v2": "/usr/bin/aws"}
SOON = {"Delay": 1, "MaxAttempts": 120}


@pytest.fixture(scope="module")
def owner(server: Server) -> Account:
    return server.account("owner")


@pytest.fixture(scope="module")
def other(server: Server) -> Account:
    return server.account("other")


@pytest.fixture(scope="module")
def guest(owner: Account, tiny_ami: str) -> Iterator[Guest]:
    guest = launch(owner, tiny_ami, 22).until_ssh()
    guest.ssh("echo built-here > /made-by; sync")
    yield guest
    guest.terminate()


class Cli:
    """One AWS CLI, as one account."""

    def __init__(self, program: str, account: Account) -> None:
        self.program, self.account = program, account

    def __call__(self, *words: str, region: str = REGION) -> Any:
        done = self.run(*words, region=region)
        assert done.returncode == 0, (words, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, code: str, *words: str, region: str = REGION) -> None:
        done = self.run(*words, region=region)
        assert done.returncode != 0, words
        assert f"({code})" in done.stderr, done.stderr

    def run(self, *words: str, region: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.program, "--endpoint-url", self.account.url, "--output", "json", *words],
            env=self.account.environment(region),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )


def settled(account: Account, image_id: str, region: str = REGION) -> None:
    """Wait as a test does, so that the clients' waiters, which look every 15 s, find it done."""
    images = account.client("ec2", region).describe_images
    eventually(
        lambda: images(ImageIds=[image_id])["Images"][0]["State"] != "pending", within=120, what=image_id
    )


@pytest.mark.parametrize("version", CLIENTS)
def test_a_whole_life_by_the_aws_cli(owner: Account, other: Account, guest: Guest, version: str) -> None:
    mine, theirs = Cli(CLIENTS[version], owner), Cli(CLIENTS[version], other)
    name = f"life-{version}"
    image_id = mine("ec2", "create-image", "--instance-id", guest.id, "--name", name, "--no-reboot")[
        "ImageId"
    ]
    settled(owner, image_id)
    mine("ec2", "wait", "image-available", "--image-ids", image_id)

    # share, find and launch from the other account
    theirs.refused("InvalidAMIID.NotFound", "ec2", "describe-images", "--image-ids", image_id)
    grant = json.dumps({"Add": [{"UserId": other.id}]})
    mine("ec2", "modify-image-attribute", "--image-id", image_id, "--launch-permission", grant)
    shared = mine(
        "ec2", "describe-image-attribute", "--image-id", image_id, "--attribute", "launchPermission"
    )
    assert shared["LaunchPermissions"] == [{"UserId": other.id}]
    found = theirs("ec2", "describe-images", "--executable-users", "self")["Images"]
    assert [image["ImageId"] for image in found] == [image_id]
    started = theirs("ec2", "run-instances", "--image-id", image_id, "--instance-type", "t3.nano")
    instance_id = started["Instances"][0]["InstanceId"]
    instances = other.client("ec2")
    instances.get_waiter("instance_running").wait(InstanceIds=[instance_id], WaiterConfig=SOON)
    theirs("ec2", "wait", "instance-running", "--instance-ids", instance_id)
    theirs("ec2", "terminate-instances", "--instance-ids", instance_id)

    # copy to the other region
    words = ("--source-image-id", image_id, "--source-region", REGION, "--name", name)
    copy_id = mine("ec2", "copy-image", *words, region=ELSEWHERE)["ImageId"]
    settled(owner, copy_id, ELSEWHERE)
    mine("ec2", "wait", "image-available", "--image-ids", copy_id, region=ELSEWHERE)
    copied = mine("ec2", "describe-images", "--image-ids", copy_id, region=ELSEWHERE)["Images"][0]
    if version == "v1":  # CLI v2.9 is older than these members
        assert (copied["SourceImageId"], copied["SourceImageRegion"]) == (image_id, REGION)

    # deprecate: nothing changes for who knows the id
    when = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:00.000Z")
    mine("ec2", "enable-image-deprecation", "--image-id", image_id, "--deprecate-at", when)
    (image,) = mine("ec2", "describe-images", "--image-ids", image_id)["Images"]
    assert image["DeprecationTime"] == when
    mine("ec2", "disable-image-deprecation", "--image-id", image_id)

    # disable (CLI v2.9 is older than that operation)
    if version == "v1":
        mine("ec2", "disable-image", "--image-id", image_id)
        again = ("--image-id", image_id, "--instance-type", "t3.nano")
        assert mine(
            "ec2", "describe-images", "--owners", "self", "--filters", f"Name=name,Values={name}"
        ) == {"Images": []}
        theirs.refused("InvalidAMIID.NotFound", "ec2", "run-instances", *again)
        mine("ec2", "enable-image", "--image-id", image_id)

    # bin and back, then for good
    words = ("--resource-type", "EC2_IMAGE", "--retention-period")
    period = "RetentionPeriodValue=1,RetentionPeriodUnit=DAYS"
    rule = mine("rbin", "create-rule", *words, period)["Identifier"]
    mine("ec2", "deregister-image", "--image-id", image_id)
    binned = mine("ec2", "list-images-in-recycle-bin")["Images"]
    assert [image["ImageId"] for image in binned] == [image_id]
    mine("ec2", "restore-image-from-recycle-bin", "--image-id", image_id)
    mine("ec2", "wait", "image-available", "--image-ids", image_id)
    mine("rbin", "delete-rule", "--identifier", rule)
    snapshots = [device["Ebs"]["SnapshotId"] for device in image["BlockDeviceMappings"]]
    mine("ec2", "wait", "snapshot-completed", "--snapshot-ids", *snapshots)
    mine("ec2", "deregister-image", "--image-id", image_id)
    for snapshot_id in snapshots:
        mine("ec2", "delete-snapshot", "--snapshot-id", snapshot_id)
    assert mine("ec2", "describe-images", "--owners", "self")["Images"] == []
    mine("ec2", "deregister-image", "--image-id", copy_id, region=ELSEWHERE)


def test_a_whole_life_by_boto3_and_its_waiters(owner: Account, other: Account, guest: Guest) -> None:
    mine, theirs, there = owner.client("ec2"), other.client("ec2"), owner.client("ec2", ELSEWHERE)
    image_id = mine.create_image(InstanceId=guest.id, Name="life-boto3", NoReboot=True)["ImageId"]
    mine.get_waiter("image_exists").wait(ImageIds=[image_id], WaiterConfig=SOON)
    mine.get_waiter("image_available").wait(ImageIds=[image_id], WaiterConfig=SOON)
    (image,) = mine.describe_images(ImageIds=[image_id])["Images"]
    snapshots = [device["Ebs"]["SnapshotId"] for device in image["BlockDeviceMappings"]]
    mine.get_waiter("snapshot_completed").wait(SnapshotIds=snapshots, WaiterConfig=SOON)

    mine.modify_image_attribute(ImageId=image_id, LaunchPermission={"Add": [{"UserId": other.id}]})
    production = launch(other, image_id, 22).until_ssh()
    assert production.ssh("cat /made-by") == "built-here"

    mine.modify_snapshot_attribute(
        SnapshotId=snapshots[0],
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=[other.id],
    )
    taken = other.client("ec2", ELSEWHERE).copy_image(
        SourceImageId=image_id, SourceRegion=REGION, Name="taken"
    )["ImageId"]
    other.client("ec2", ELSEWHERE).get_waiter("image_available").wait(ImageIds=[taken], WaiterConfig=SOON)
    with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
        there.describe_images(ImageIds=[taken])

    mine.enable_image_deregistration_protection(ImageId=image_id, WithCooldown=False)
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        mine.deregister_image(ImageId=image_id)
    mine.disable_image_deregistration_protection(ImageId=image_id)
    mine.disable_image(ImageId=image_id)
    with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
        theirs.run_instances(ImageId=image_id, MinCount=1, MaxCount=1)
    mine.enable_image(ImageId=image_id)
    mine.get_waiter("image_available").wait(ImageIds=[image_id], WaiterConfig=SOON)
    mine.deregister_image(ImageId=image_id, DeleteAssociatedSnapshots=True)
    assert production.ssh("cat /made-by") == "built-here"  # instances go on
    production.terminate()


def log(account: Account, image_id: str) -> Any:
    """What `amiable image log --json` prints."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "amiable"), "image", "log", image_id, "--json"],
        env=account.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def test_lineage_of_real_images(owner: Account, guest: Guest, tiny_ami: str) -> None:
    """A mark goes on to the image of an image's instance; the log knows what each step added to the store."""
    mine = owner.client("ec2")
    first = mine.create_image(InstanceId=guest.id, Name="first", NoReboot=True)["ImageId"]
    settled(owner, first)
    key = mine.attach_image_watermark(ImageId=first, WatermarkName="approved")["WatermarkKey"]
    child = launch(owner, first, 22)
    try:
        second = mine.create_image(InstanceId=child.id, Name="second", NoReboot=True)["ImageId"]
        settled(owner, second)
        (image,) = mine.describe_images(ImageIds=[second])["Images"]
        assert [mark["WatermarkKey"] for mark in image["ImageWatermarks"]] == [key]
        used = mine.describe_image_references(ImageIds=[first], IncludeAllResourceTypes=True)
        assert [one["Arn"].rpartition("/")[2] for one in used["ImageReferences"]] == [child.id]
        steps = log(owner, second)
        assert [step["ImageId"] for step in steps] == [tiny_ami, first, second]
        base, own, same = (step["AddedBytes"] for step in steps)
        assert base > own > same >= 0
        mine.deregister_image(ImageId=first)
        (metadata,) = mine.describe_instance_image_metadata(InstanceIds=[child.id])["InstanceImageMetadata"]
        assert metadata["ImageMetadata"]["State"] == "deregistered"
        steps = log(owner, second)
        assert [step["ImageId"] for step in steps] == [tiny_ami, first, second]
        assert "AddedBytes" not in steps[1]
        mine.deregister_image(ImageId=second)
    finally:
        child.terminate()
