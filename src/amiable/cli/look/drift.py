"""`amiable drift`: what somebody changed on an instance since it was launched.

The root volume at one instant becomes a snapshot (CreateSnapshot: without a reboot), which is compared
with the image and deleted again, whatever happens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.look import differences
from amiable.cli.naming import instance_id
from amiable.cli.progress import progress
from amiable.core import clock
from amiable.core.errors import Conflict

EVERY = 0.3


@click.command("drift")
@click.argument("instance")
@differences.options
def command(instance: str, **shown: Any) -> None:
    """Show what differs between an instance's root volume and the image it was launched from."""
    ec2 = client("ec2")
    wanted = instance_id(ec2, instance)
    (group,) = ec2.describe_instances(InstanceIds=[wanted])["Reservations"]
    (row,) = group["Instances"]
    title = f"Comparing {instance} with {row['ImageId']}"
    with _snapshot(ec2, row) as snapshot_id:
        differences.compare(row["ImageId"], snapshot_id, title, differences.Shown(**shown), root_only=True)


@contextmanager
def _snapshot(ec2: Any, instance: dict[str, Any]) -> Iterator[str]:
    """A snapshot of the instance's root volume for as long as the block runs."""
    roots = [
        mapping["Ebs"]["VolumeId"]
        for mapping in instance["BlockDeviceMappings"]
        if mapping["DeviceName"] == instance["RootDeviceName"]
    ]
    if not roots:
        raise Conflict(f"The instance {instance['InstanceId']} has no root volume now.")
    made = ec2.create_snapshot(
        VolumeId=roots[0], Description=f"Temporary: amiable drift {instance['InstanceId']}"
    )
    try:
        with progress("Taking a snapshot") as tell:
            while made["State"] == "pending":
                share = int(str(made.get("Progress") or "0").rstrip("%") or 0) / 100
                tell("storing", share)
                clock.sleep(EVERY)
                (made,) = ec2.describe_snapshots(SnapshotIds=[made["SnapshotId"]])["Snapshots"]
        if made["State"] != "completed":
            raise Conflict(f"The snapshot failed: {made.get('StateMessage', made['State'])}")
        yield made["SnapshotId"]
    finally:
        ec2.delete_snapshot(SnapshotId=made["SnapshotId"])
