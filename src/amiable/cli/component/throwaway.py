"""A throw-away instance of an image, with a key pair and a security group of its own; all goes afterwards.

Every thing carries the tag `amiable:throwaway`, so that what a killed command left behind can be found.
"""

import contextlib
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amiable.cli.progress import progress
from amiable.cli.waiting import watch_instances
from amiable.core.errors import Conflict

SSH = 22
TAG = {"Key": "amiable:throwaway", "Value": "true"}


@dataclass
class Throwaway:
    """The instance. With `keep` it stays, and so do its key pair, its group and the key's file."""

    ec2: Any
    group_id: str
    instance_id: str
    address: str
    private_key: str
    key_file: Path
    keep: bool = False
    ports: set[int] = field(default_factory=lambda: {SSH})

    def reach(self, port: int) -> str:
        """Let a port in; the address. For pages that are asked for from outside."""
        if port not in self.ports:
            _let_in(self.ec2, self.group_id, port)
            self.ports.add(port)
        return self.address


@contextmanager
def throwaway(ec2: Any, image: str, kind: str | None) -> Iterator[Throwaway]:
    """Launch it, and end it."""
    name = f"amiable-throwaway-{secrets.token_hex(4)}"
    tags = {
        kind: [{"ResourceType": kind, "Tags": [TAG]}] for kind in ("instance", "key-pair", "security-group")
    }
    folder = Path(tempfile.mkdtemp(prefix="amiable-"))
    machine: Throwaway | None = None
    undo = contextlib.ExitStack()
    try:
        key = ec2.create_key_pair(KeyName=name, KeyType="ed25519", TagSpecifications=tags["key-pair"])
        undo.callback(ec2.delete_key_pair, KeyName=name)
        file = folder / "key.pem"
        file.touch(0o600)
        file.write_text(key["KeyMaterial"])
        group = ec2.create_security_group(
            GroupName=name, Description="SSH for amiable", TagSpecifications=tags["security-group"]
        )["GroupId"]
        undo.callback(ec2.delete_security_group, GroupId=group)
        _let_in(ec2, group, SSH)
        request = {"InstanceType": kind} if kind else {}
        answer = ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, KeyName=name, SecurityGroupIds=[group],
            TagSpecifications=tags["instance"], **request,
        )  # fmt: skip
        instance = answer["Instances"][0]["InstanceId"]
        undo.callback(_end, ec2, instance)
        with progress(f"Launching {instance}") as tell:
            (running,) = watch_instances(ec2, [instance], "running", tell)
        if "PublicIpAddress" not in running:
            raise Conflict(f"{instance} got no public address: its subnet does not give any.")
        machine = Throwaway(ec2, group, instance, running["PublicIpAddress"], key["KeyMaterial"], file)
        yield machine
    finally:
        if machine is None or not machine.keep:
            with undo, contextlib.suppress(OSError):
                (folder / "key.pem").unlink(missing_ok=True)
                folder.rmdir()


def _let_in(ec2: Any, group: str, port: int) -> None:
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )


def _end(ec2: Any, instance: str) -> None:
    ec2.terminate_instances(InstanceIds=[instance])
    with progress(f"Ending {instance}") as tell:
        watch_instances(ec2, [instance], "terminated", tell)
