"""`amiable drift`: what somebody changed on an instance since it was launched, on all its volumes."""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.look import differences
from amiable.cli.look.subject import subject
from amiable.cli.naming import instance_id


@click.command("drift")
@click.argument("instance")
@differences.options
def command(instance: str, **shown: Any) -> None:
    """Show what differs between an instance's volumes and the image it was launched from.

    The instance goes on meanwhile: its volumes are read as they were at one instant.
    """
    ec2 = client("ec2")
    wanted = instance_id(ec2, instance)
    (group,) = ec2.describe_instances(InstanceIds=[wanted])["Reservations"]
    (row,) = group["Instances"]
    title = f"Comparing {instance} with {row['ImageId']}"
    with subject(wanted) as now:
        differences.compare(row["ImageId"], now, title, differences.Shown(**shown))
