"""`amiable create-image`: CreateImage, and the wait until the image is available."""

import click

from amiable.cli.client import client
from amiable.cli.naming import instance_id
from amiable.cli.options import json_option, tag_list, tag_option
from amiable.cli.output import print_json
from amiable.cli.progress import progress
from amiable.cli.waiting import watch_image


@click.command("create-image")
@click.argument("instance")
@click.option("--name", required=True, help="Name of the image.")
@click.option("--no-reboot", is_flag=True, help="Do not shut the instance down for it.")
@click.option("--description", help="What it is.")
@tag_option("the image and its snapshots")
@click.option("--wait/--no-wait", default=True, help="Wait until it is available.  [default: wait]")
@json_option
def command(
    instance: str,
    name: str,
    no_reboot: bool,
    description: str | None,
    tags: tuple[tuple[str, str], ...],
    wait: bool,
    as_json: bool,
) -> None:
    """Make an image of an instance, given by id or name, with all its volumes.

    A running instance is shut down cleanly first and started again, unless --no-reboot is given.
    """
    ec2 = client("ec2")
    request = {
        "InstanceId": instance_id(ec2, instance),
        "Name": name,
        "NoReboot": no_reboot,
        "Description": description,
        "TagSpecifications": [
            {"ResourceType": resource, "Tags": tag_list(tags)} for resource in ("image", "snapshot") if tags
        ],
    }
    image_id = ec2.create_image(**{name: value for name, value in request.items() if value})["ImageId"]
    if wait:
        with progress(f"Creating {name}") as tell:
            image = watch_image(ec2, image_id, tell)
    else:
        (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
    if as_json:
        print_json([image])
    else:
        click.echo(f"{image_id}  {name}  {image['State']}")
