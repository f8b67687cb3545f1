"""`amiable launch`: RunInstances, and the wait until the machines run."""

from pathlib import Path
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.image.pull import follow_import
from amiable.cli.instance import print_instances
from amiable.cli.naming import image_id
from amiable.cli.options import json_option, tag_list, tag_option
from amiable.cli.output import print_json
from amiable.cli.progress import progress
from amiable.cli.waiting import IMPORTING, NOT_IMPORTED, watch_instances

Item = dict[str, Any]
ALIAS = "resolve:ssm:"


@click.command("launch")
@click.argument("ami")
@click.option("--type", "kind", metavar="TYPE", help="Instance type.  [default: the server's]")
@click.option("--key", metavar="NAME", help="Key pair to log in with.")
@click.option("--group", "groups", multiple=True, help="Security group, by name or id; may be repeated.")
@click.option("--count", type=click.IntRange(1, 100), default=1, show_default=True, help="How many.")
@click.option("--name", help="Name tag.")
@tag_option("the instances and their volumes")
@click.option(
    "--user-data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that the instance gets as user data.",
)
@click.option("--volume-size", type=click.IntRange(1, 65536), metavar="GIB", help="Size of the root volume.")
@click.option("--wait/--no-wait", default=True, help="Wait until they run.  [default: wait]")
@json_option
def command(
    ami: str,
    kind: str | None,
    key: str | None,
    groups: tuple[str, ...],
    count: int,
    name: str | None,
    tags: tuple[tuple[str, str], ...],
    user_data: Path | None,
    volume_size: int | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Launch instances of an image, given by id or name, or as resolve:ssm:ALIAS."""
    ec2 = client("ec2")
    image = ami if ami.startswith(ALIAS) else image_id(ec2, ami)
    named = ((("Name", name),) if name else ()) + tags
    request: Item = {
        "ImageId": image,
        "MinCount": count,
        "MaxCount": count,
        "InstanceType": kind,
        "KeyName": key,
        "SecurityGroupIds": [group for group in groups if group.startswith("sg-")],
        "SecurityGroups": [group for group in groups if not group.startswith("sg-")],
        "UserData": user_data.read_bytes() if user_data else None,
        "BlockDeviceMappings": _root(ec2, image, volume_size) if volume_size else None,
        "TagSpecifications": [
            {"ResourceType": resource, "Tags": tag_list(named)}
            for resource in ("instance", "volume")
            if named
        ],
    }
    listed = None if image.startswith(ALIAS) else _listed(ec2, image)
    answer = ec2.run_instances(**{name: value for name, value in request.items() if value})
    instances = answer["Instances"]
    if wait:
        wanted = [instance["InstanceId"] for instance in instances]
        with progress(f"Launching {', '.join(wanted)}") as tell:
            if listed:
                follow_import(client("amiable"), listed, tell)
            instances = watch_instances(ec2, wanted, "running", tell)
    if as_json:
        print_json(instances)
    else:
        print_instances(instances)


def _listed(ec2: Any, image: str) -> str | None:
    """The name of an image of the catalog that this launch imports."""
    for found in ec2.describe_images(ImageIds=[image])["Images"]:
        if found.get("StateReason", {}).get("Code") in (NOT_IMPORTED, IMPORTING):
            return str(found["Name"])
    return None


def _root(ec2: Any, image: str, size: int) -> list[Item]:
    """The mapping that gives the root volume a size in GiB."""
    if image.startswith(ALIAS):
        named = client("ssm").get_parameter(Name=image.removeprefix(ALIAS))
        image = named["Parameter"]["Value"]
    (found,) = ec2.describe_images(ImageIds=[image])["Images"]
    return [{"DeviceName": found["RootDeviceName"], "Ebs": {"VolumeSize": size}}]
