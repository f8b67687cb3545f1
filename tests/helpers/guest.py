"""An instance as its user has it: launched with a key, reached by SSH at its public address."""

import secrets
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.server import Account, eventually

_KEYS = tempfile.TemporaryDirectory(prefix="amiable-keys-")  # goes when the process ends


@dataclass
class Guest:
    """A running instance, its key, and SSH into it."""

    ec2: Any
    id: str
    key: Path
    user: str = "root"

    @property
    def facts(self) -> dict[str, Any]:
        """What DescribeInstances says now."""
        (reservation,) = self.ec2.describe_instances(InstanceIds=[self.id])["Reservations"]
        return dict(reservation["Instances"][0])

    @property
    def address(self) -> str:
        return str(self.facts["PublicIpAddress"])

    def wait(self, state: str, within: float = 120) -> None:
        eventually(lambda: self.facts["State"]["Name"] == state, within=within, what=f"{self.id} {state}")

    def ssh(self, command: str, check: bool = True, timeout: float = 120, data: bytes = b"") -> str:
        """Run a command in the guest, `data` as its input; its standard output."""
        done = subprocess.run(
            [
                "ssh", "-i", str(self.key), "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15",
                f"{self.user}@{self.address}", command,
            ],
            capture_output=True, timeout=timeout, input=data, check=False,
        )  # fmt: skip
        said = done.stderr.decode(errors="replace")
        assert not check or done.returncode == 0, f"{command}: {done.returncode} {said}"
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def until_ssh(self, within: float = 240) -> "Guest":
        """Wait until SSH lets us in."""
        eventually(lambda: self.ssh("echo in", check=False, timeout=30) == "in", within=within, every=1,
                   what=f"SSH to {self.id}: {self.console()[-800:]}")  # fmt: skip
        return self

    def disk(self, volume_id: str) -> str:
        """The guest's device of a volume, found as users find it: by its serial number."""
        serial = volume_id.replace("-", "")
        look = f'for d in /sys/block/vd*; do [ "$(cat $d/serial)" = {serial} ] && echo /dev/${{d##*/}}; done'
        found = eventually(lambda: self.ssh(f"{look}; true", check=False), within=30, what=f"{serial} inside")
        return str(found)

    def console(self) -> str:
        return str(self.ec2.get_console_output(InstanceId=self.id).get("Output", ""))

    def image(self, name: str, **request: Any) -> str:
        """CreateImage, and wait until it is available."""
        image_id = str(self.ec2.create_image(InstanceId=self.id, Name=name, **request)["ImageId"])
        state = eventually(lambda: self._settled(image_id), within=240, what=f"{image_id}")
        assert state == "available", self.ec2.describe_images(ImageIds=[image_id])["Images"]
        return image_id

    def _settled(self, image_id: str) -> str | None:
        state = str(self.ec2.describe_images(ImageIds=[image_id])["Images"][0]["State"])
        return None if state == "pending" else state

    def terminate(self) -> None:
        self.ec2.terminate_instances(InstanceIds=[self.id])
        self.wait("terminated")


def opens(address: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False


def launch(
    account: Account, image_id: str, *ports: int, user: str = "root", within: float = 120, **request: Any
) -> Guest:
    """A running instance in a security group that lets in `ports` from anywhere, with a fresh key."""
    ec2 = account.client("ec2")
    name = f"test-{secrets.token_hex(6)}"
    key = Path(_KEYS.name) / f"{name}.pem"
    key.write_text(ec2.create_key_pair(KeyName=name, KeyType="ed25519")["KeyMaterial"])
    key.chmod(0o600)
    group = ec2.create_security_group(GroupName=name, Description="for a test")["GroupId"]
    for port in ports:
        ec2.authorize_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
        )
    options = {"InstanceType": "t3.nano", "SecurityGroupIds": [group], **request}
    answer = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, KeyName=name, **options)
    guest = Guest(ec2, answer["Instances"][0]["InstanceId"], key, user)
    guest.wait("running", within)
    return guest
