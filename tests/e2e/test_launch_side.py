"""The launch side on one tiny instance: template, alias, metadata options, attributes, status."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.helpers.guest import Guest, launch, opens
from tests.helpers.server import Account, Server, eventually

IMDS = "http://169.254.169.254/latest"


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("launch-side")


@pytest.fixture(scope="module")
def template(account: Account, tiny_ami: str) -> str:
    """A template that launches what the alias /tiny says, tokens required."""
    account.client("ssm").put_parameter(Name="/tiny", Value=tiny_ami, Type="String", DataType="aws:ec2:image")
    made = account.client("ec2").create_launch_template(
        LaunchTemplateName="tiny",
        LaunchTemplateData={
            "ImageId": "resolve:ssm:/tiny",
            "InstanceType": "t3.micro",
            "DisableApiTermination": True,
            "IamInstanceProfile": {"Name": "builder"},
            "MetadataOptions": {"HttpTokens": "required", "InstanceMetadataTags": "enabled"},
            "BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 2}}],
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "template"}]}
            ],
        },
    )
    assert "Warning" not in made
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


@pytest.fixture(scope="module")
def guest(account: Account, template: str) -> Iterator[Guest]:
    """Launched by the template; what this request says goes before it."""
    guest = launch(
        account,
        "resolve:ssm:/tiny:1",
        22,
        LaunchTemplate={"LaunchTemplateId": template},
        InstanceType="t3.nano",
        BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}],
    )
    yield guest.until_ssh()
    modify(guest, DisableApiTermination={"Value": False})
    guest.terminate()


def modify(guest: Guest, **change: Any) -> None:
    guest.ec2.modify_instance_attribute(InstanceId=guest.id, **change)


def ask(guest: Guest, path: str, *headers: str) -> str:
    """What the guest hears from its metadata service; nothing when it is refused."""
    given = " ".join(f"--header '{header}'" for header in headers)
    return guest.ssh(f"wget -q -O - {given} {IMDS}/{path}", check=False)


def test_the_template_and_what_overrules_it(guest: Guest, template: str, tiny_ami: str) -> None:
    facts = guest.facts
    assert (facts["ImageId"], facts["InstanceType"]) == (tiny_ami, "t3.nano")
    tags = {tag["Key"]: tag["Value"] for tag in facts["Tags"]}
    assert tags["from"] == "template"
    assert tags["aws:ec2launchtemplate:id"] == template
    size = guest.ssh("for d in /dev/vd?; do blockdev --getsize64 $d; done").split()[-1]
    assert int(size) == 1 << 30, "the request's mapping replaces the template's of that device"


def test_metadata_options_are_in_force_at_once(guest: Guest) -> None:
    assert ask(guest, "meta-data/instance-id") == "", "tokens are required"
    change = guest.ec2.modify_instance_metadata_options
    change(InstanceId=guest.id, HttpTokens="optional")
    assert ask(guest, "meta-data/instance-id") == guest.id
    assert ask(guest, "meta-data/tags/instance/from") == "template"
    profile = json.loads(ask(guest, "meta-data/iam/info"))
    assert profile["InstanceProfileArn"] == guest.facts["IamInstanceProfile"]["Arn"]
    change(InstanceId=guest.id, HttpEndpoint="disabled")
    assert ask(guest, "meta-data/instance-id") == ""
    change(InstanceId=guest.id, HttpEndpoint="enabled", InstanceMetadataTags="disabled")
    assert ask(guest, "meta-data/instance-id") == guest.id
    assert ask(guest, "meta-data/tags/instance/from") == ""


def test_the_status_is_of_a_guest_that_answers(guest: Guest) -> None:
    def status() -> tuple[str, str]:
        (told,) = guest.ec2.describe_instance_status(InstanceIds=[guest.id])["InstanceStatuses"]
        return told["SystemStatus"]["Status"], told["InstanceStatus"]["Status"]

    eventually(lambda: status() == ("ok", "ok"), within=30, what="a good status")


def test_other_groups_at_once(account: Account, guest: Guest) -> None:
    (group,) = guest.facts["SecurityGroups"]
    vpc = guest.facts["VpcId"]
    closed = guest.ec2.create_security_group(GroupName="closed", Description="d", VpcId=vpc)["GroupId"]
    modify(guest, Groups=[closed])
    eventually(lambda: not opens(guest.address, 22), within=20, what="SSH to close")
    modify(guest, Groups=[group["GroupId"]])
    eventually(lambda: opens(guest.address, 22), within=20, what="SSH to open")


def test_type_and_user_data_while_stopped(guest: Guest) -> None:
    before = int(guest.ssh("awk '/MemTotal/ {print $2}' /proc/meminfo"))
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        modify(guest, InstanceType={"Value": "t3.micro"})
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        guest.ec2.terminate_instances(InstanceIds=[guest.id])
    guest.ec2.stop_instances(InstanceIds=[guest.id])
    guest.wait("stopped")
    modify(guest, InstanceType={"Value": "t3.micro"})
    modify(guest, UserData={"Value": b"changed"})
    guest.ec2.start_instances(InstanceIds=[guest.id])
    guest.wait("running")
    (told,) = guest.ec2.describe_instance_status(InstanceIds=[guest.id])["InstanceStatuses"]
    assert told["InstanceStatus"]["Status"] == "initializing"
    guest.until_ssh()
    assert int(guest.ssh("awk '/MemTotal/ {print $2}' /proc/meminfo")) > 1.7 * before
    assert ask(guest, "user-data") == "changed"
    data = guest.ec2.get_launch_template_data(InstanceId=guest.id)["LaunchTemplateData"]
    assert (data["InstanceType"], data["DisableApiTermination"]) == ("t3.micro", True)
