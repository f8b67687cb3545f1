"""`amiable image copy`: CopyImage to another region, and the wait until the copy is available."""

import click

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.options import json_option, tag_list, tag_option
from amiable.cli.output import print_json
from amiable.cli.progress import progress
from amiable.cli.waiting import watch_image


@click.command("copy")
@click.argument("ami")
@click.option("--to", "region", required=True, metavar="REGION", help="Region that gets the copy.")
@click.option("--name", help="Name of the copy.  [default: the image's name]")
@click.option("--description", help="What it is.")
@click.option("--copy-tags", is_flag=True, help="Give the copy the image's tags.")
@tag_option("the copy and its snapshots")
@click.option("--wait/--no-wait", default=True, help="Wait until it is available.  [default: wait]")
@json_option
def copy(
    ami: str,
    region: str,
    name: str | None,
    description: str | None,
    copy_tags: bool,
    tags: tuple[tuple[str, str], ...],
    wait: bool,
    as_json: bool,
) -> None:
    """Copy an image, by id or name, to another region; only what that region lacks travels."""
    here, there = client("ec2"), client("ec2", elsewhere=region)
    (source,) = here.describe_images(ImageIds=[image_id(here, ami)])["Images"]
    request = {
        "SourceImageId": source["ImageId"],
        "SourceRegion": here.meta.region_name,
        "Name": name or source["Name"],
        "Description": description,
        "CopyImageTags": copy_tags,
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": tag_list(tags)} for kind in ("image", "snapshot") if tags
        ],
    }
    made = there.copy_image(**{member: value for member, value in request.items() if value})["ImageId"]
    if wait:
        with progress(f"Copying {source['Name']} to {region}", _size(source)) as tell:
            image = watch_image(there, made, tell)
    else:
        (image,) = there.describe_images(ImageIds=[made])["Images"]
    if as_json:
        print_json([image])
    else:
        click.echo(f"{made}  {image['Name']}  {image['State']}  {region}")


def _size(image: dict[str, object]) -> int:
    """The bytes of an image's volumes that have content."""
    mappings: list[dict[str, dict[str, int]]] = image["BlockDeviceMappings"]  # type: ignore[assignment]
    return sum(one["Ebs"]["VolumeSize"] for one in mappings if "SnapshotId" in one.get("Ebs", {})) * 1024**3
