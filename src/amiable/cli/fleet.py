"""`amiable fleet`: which instances run which image, how old it is, and what its alias says now.

An instance belongs to the aliases that have ever said its image. It is stale when one of them says another
image now: launched anew, the instance would be another.
"""

from datetime import datetime
from typing import Any

import click

from amiable.cli.aliases import Alias, read_aliases
from amiable.cli.client import client
from amiable.cli.naming import images_by_id, list_instances, tag_of
from amiable.cli.options import json_option
from amiable.cli.output import print_json, print_table
from amiable.core import clock

Item = dict[str, Any]


@click.command("fleet")
@click.option(
    "--stale", "only_stale", is_flag=True, help="Only instances whose alias says another image now."
)
@json_option
def command(only_stale: bool, as_json: bool) -> None:
    """Show which instances run which image, and whether it is still the one of its alias."""
    ec2 = client("ec2")
    live = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    instances = list_instances(ec2, live)
    images = images_by_id(ec2, [instance["ImageId"] for instance in instances])
    aliases = read_aliases(client("ssm"))
    rows = [row(instance, images.get(instance["ImageId"]), aliases, clock.now()) for instance in instances]
    if only_stale:
        rows = [one for one in rows if one["Stale"]]
    if as_json:
        print_json(rows)
        return
    print_table(
        rows,
        [
            ("INSTANCE", lambda one: one["InstanceId"]),
            ("NAME", lambda one: one["Name"]),
            ("STATE", lambda one: one["State"]),
            ("IMAGE", lambda one: one["ImageId"]),
            ("IMAGE NAME", lambda one: one["ImageName"] or "(gone)"),
            ("DAYS OLD", lambda one: one["ImageAgeDays"]),
            ("ALIAS", lambda one: ", ".join(alias["Name"] for alias in one["Aliases"])),
            ("SAYS NOW", lambda one: ", ".join(alias["ImageId"] for alias in one["Aliases"])),
            ("STALE", lambda one: one["Stale"] if one["Aliases"] else None),
        ],
        "No instance is stale." if only_stale else "No instance. Launch one: amiable launch AMI",
    )


def row(instance: Item, image: Item | None, aliases: list[Alias], now: datetime) -> Item:
    """What is told of one instance; `image` is None when it is gone or not to be seen any more."""
    image_id = instance["ImageId"]
    of_image = [alias for alias in aliases if any(said.image_id == image_id for said in alias.history)]
    age = None
    if image is not None:
        age = (now - datetime.fromisoformat(image["CreationDate"])).days
    return {
        "InstanceId": instance["InstanceId"],
        "Name": tag_of(instance, "Name"),
        "State": instance["State"]["Name"],
        "ImageId": image_id,
        "ImageName": image.get("Name") if image else None,
        "ImageAgeDays": age,
        "Aliases": [{"Name": alias.name, "ImageId": alias.now.image_id} for alias in of_image],
        "Stale": any(alias.now.image_id != image_id for alias in of_image),
    }
