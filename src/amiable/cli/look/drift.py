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
from amiable.cli.look.asking import FOUND, cost, finished, result
from amiable.cli.naming import instance_id
from amiable.cli.options import json_option
from amiable.cli.output import print_json
from amiable.cli.progress import progress
from amiable.core import clock
from amiable.core.errors import Conflict

EVERY = 0.3


@click.command("drift")
@click.argument("instance")
@click.option("--all", "everything", is_flag=True, help="Show logs, caches and other run-time noise too.")
@click.option(
    "--hunks/--no-hunks", default=True, help="Show changed lines of configuration.  [default: hunks]"
)
@click.option("--exit-code", is_flag=True, help="Status 3 when something differs.")
@json_option
def command(instance: str, everything: bool, hunks: bool, exit_code: bool, as_json: bool) -> None:
    """Show what differs between an instance's root volume and the image it was launched from."""
    ec2, service = client("ec2"), client("amiable")
    wanted = instance_id(ec2, instance)
    (group,) = ec2.describe_instances(InstanceIds=[wanted])["Reservations"]
    (row,) = group["Instances"]
    with _snapshot(ec2, row) as snapshot_id:
        begun = service.diff_images(ResourceId=row["ImageId"], OtherResourceId=snapshot_id)["Inspection"]
        done = finished(service, begun, f"Comparing {instance} with {row['ImageId']}")
        whole = result(service, done)
    found = whole if everything else differences.quiet(whole)
    if as_json:
        print_json([found])
    else:
        differences.show(found, len(whole["files"]) - len(found["files"]), hunks=hunks)
        cost(done)
    if exit_code and differences.any_difference(found):
        raise SystemExit(FOUND)


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
