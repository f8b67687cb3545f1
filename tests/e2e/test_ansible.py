"""Ansible's amazon.aws collection, unchanged: one playbook from the key pair to the image and back."""

import os
import subprocess
from pathlib import Path

from tests.helpers.server import Server

ANSIBLE = Path(__file__).parents[2] / ".cache" / "ansible" / "bin"
PLAYBOOK = Path(__file__).parent / "ansible" / "site.yml"


def test_the_playbook(server: Server, tiny_ami: str, tmp_path: Path) -> None:
    account = server.account("ansible")
    done = subprocess.run(
        [
            str(ANSIBLE / "ansible-playbook"),
            "--inventory=localhost,",
            f"--extra-vars=image={tiny_ami} ansible_python_interpreter={ANSIBLE}/python",
            str(PLAYBOOK),
        ],
        env={
            **os.environ,
            **account.environment(),
            "ANSIBLE_LOCAL_TEMP": str(tmp_path),
            "ANSIBLE_REMOTE_TEMP": str(tmp_path),
            "ANSIBLE_NOCOLOR": "1",
        },
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    ec2 = account.client("ec2")
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    assert ec2.describe_volumes()["Volumes"] == []
