"""A throw-away instance of an image, with a key pair and a security group of its own; all goes afterwards.

Every thing carries the tag `amiable:throwaway`, so that what a killed command left behind can be found.
"""

import contextlib
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amiable.cli.progress import progress
from amiable.cli.waiting import watch_instances
from amiable.core.errors import Conflict

TAG = {"Key": "amiable:throwaway", "Value": "true"}


@dataclass
class Throwaway:
    """The instance. With `keep` it stays, and so do its key pair, its group and the key's file."""

    instance_id: str
    address: str
    private_key: str
    key_file: Path
    keep: bool = False


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
        ec2.authorize_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
        )
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
        machine = Throwaway(instance, running["PublicIpAddress"], key["KeyMaterial"], file)
        yield machine
    finally:
        if machine is None or not machine.keep:
            with undo, contextlib.suppress(OSError):
                (folder / "key.pem").unlink(missing_ok=True)
                folder.rmdir()


def _end(ec2: Any, instance: str) -> None:
    ec2.terminate_instances(InstanceIds=[instance])
    with progress(f"Ending {instance}") as tell:
        watch_instances(ec2, [instance], "terminated", tell)
