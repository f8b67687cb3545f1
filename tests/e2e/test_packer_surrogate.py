"""Packer's amazon-ebssurrogate builder, unchanged: the image is of a second volume of the builder.

The builder is Debian; what it writes onto the second volume is the tiny disk, so the result boots quickly.
"""

import gzip
import json
import os
import subprocess
from pathlib import Path

from tests.helpers.guest import launch
from tests.helpers.server import REGION, Server

PROVISION = """#!/bin/sh
set -e
disk=$(lsblk --nodeps --noheadings --bytes --output PATH,SIZE | awk '$2 == 1073741824 { print $1 }')
gunzip -c /tmp/disk.gz | dd of="$disk" bs=1M conv=fsync
"""


def test_packer_makes_an_image_of_another_volume(
    server: Server, debian_ami: str, tiny_disk: Path, tmp_path: Path
) -> None:
    account = server.account("surrogate")
    packed, script = tmp_path / "disk.gz", tmp_path / "provision.sh"
    packed.write_bytes(gzip.compress(tiny_disk.read_bytes(), 1))
    script.write_text(PROVISION)
    volume = {"volume_size": 1, "volume_type": "gp2", "delete_on_termination": True}
    template = {
        "builders": [
            {
                "type": "amazon-ebssurrogate",
                "region": REGION,
                "custom_endpoint_ec2": account.url,
                "source_ami": debian_ami,
                "instance_type": "t3.small",
                "ssh_username": "debian",
                "ssh_timeout": "8m",
                "ami_name": "surrogate-made",
                "ami_virtualization_type": "hvm",
                "launch_block_device_mappings": [{"device_name": "/dev/sdf", **volume}],
                "ami_root_device": {
                    "source_device_name": "/dev/sdf", "device_name": "/dev/sda1", **volume
                },
            }
        ],
        "provisioners": [
            {"type": "file", "source": str(packed), "destination": "/tmp/disk.gz"},
            {"type": "shell", "script": str(script), "execute_command": "sudo sh {{ .Path }}"},
        ],
    }  # fmt: skip
    written = tmp_path / "template.json"
    written.write_text(json.dumps(template))
    done = subprocess.run(
        ["packer", "build", "-color=false", str(written)],
        env={**os.environ, **account.environment(), "CHECKPOINT_DISABLE": "1", "PACKER_NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    ec2 = account.client("ec2")
    (image,) = ec2.describe_images(Owners=["self"])["Images"]
    assert (image["Name"], image["State"], image["RootDeviceName"]) == (
        "surrogate-made", "available", "/dev/sda1"
    )  # fmt: skip
    assert not ec2.describe_volumes()["Volumes"], "Packer's volumes went with its instance"
    guest = launch(account, image["ImageId"], 22).until_ssh()
    try:
        assert "amiable-tiny ready" in guest.console()
    finally:
        guest.terminate()
