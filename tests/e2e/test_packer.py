"""Packer's amazon-ebs builder, unchanged: it launches, provisions over SSH, makes an image, cleans up."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.guest import launch
from tests.helpers.server import REGION, Account, Server


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("packer")


def template(base: str, script: Path) -> dict[str, Any]:
    """What a Packer user writes; only the endpoint is ours."""
    return {
        "builders": [
            {
                "type": "amazon-ebs",
                "region": REGION,
                "source_ami": base,
                "instance_type": "t3.small",
                "ssh_username": "debian",
                "ssh_timeout": "8m",
                "ami_name": "packer-made",
                "ami_description": "made by Packer",
                "tags": {"Made-By": "packer"},
                "snapshot_tags": {"Made-By": "packer"},
                "run_tags": {"Name": "packer-builder"},
            }
        ],
        "provisioners": [{"type": "shell", "script": str(script), "execute_command": "sudo sh {{ .Path }}"}],
    }


def test_packer_builds_an_image(account: Account, debian_ami: str, tmp_path: Path) -> None:
    script = tmp_path / "provision.sh"
    script.write_text("#!/bin/sh\nset -e\nuseradd --create-home builder\necho by-packer > /etc/made-by\n")
    written = tmp_path / "template.json"
    written.write_text(json.dumps(template(debian_ami, script)))
    environment = {
        **os.environ,
        **account.environment(),
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHECKPOINT_DISABLE": "1",
        "PACKER_NO_COLOR": "1",
    }
    builder = json.loads(written.read_text())
    builder["builders"][0]["custom_endpoint_ec2"] = account.url
    written.write_text(json.dumps(builder))
    done = subprocess.run(
        ["packer", "build", "-color=false", str(written)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    ec2 = account.client("ec2")
    (image,) = ec2.describe_images(Owners=["self"])["Images"]
    assert (image["Name"], image["State"]) == ("packer-made", "available")
    assert image["Description"] == "made by Packer"
    assert image["Tags"] == [{"Key": "Made-By", "Value": "packer"}]
    reservations = ec2.describe_instances()["Reservations"]
    assert {one["Instances"][0]["State"]["Name"] for one in reservations} <= {"terminated"}
    assert not ec2.describe_key_pairs()["KeyPairs"]
    assert [group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]] == ["default"]
    guest = launch(account, image["ImageId"], 22, user="debian", InstanceType="t3.small").until_ssh()
    try:
        assert guest.ssh("cat /etc/made-by") == "by-packer"
        assert guest.ssh("id -un builder") == "builder"
    finally:
        guest.terminate()
