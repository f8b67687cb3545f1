"""`amiable image list`."""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import list_images
from amiable.cli.options import Pair, json_option
from amiable.cli.output import print_json, print_table
from amiable.cli.waiting import NOT_IMPORTED


@click.command("list")
@click.option(
    "--owner",
    type=click.Choice(["self", "amazon", "all"]),
    default="all",
    show_default=True,
    help="Whose: yours, the built-in ones, or all that you may launch.",
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    type=Pair(),
    metavar="NAME=VALUE",
    help="A filter of DescribeImages, such as tag:role=web or name=web-*; may be repeated.",
)
@json_option
def list_(owner: str, filters: tuple[tuple[str, str], ...], as_json: bool) -> None:
    """List images."""
    wanted: dict[str, list[str]] = {}
    for name, value in filters:
        wanted.setdefault(name, []).append(value)
    images = list_images(
        client("ec2"),
        [{"Name": name, "Values": values} for name, values in wanted.items()],
        [] if owner == "all" else [owner],
    )
    if as_json:
        print_json(images)
        return
    print_table(
        images,
        [
            ("IMAGE", lambda image: image["ImageId"]),
            ("NAME", lambda image: image.get("Name")),
            ("STATE", _state),
            ("OWNER", lambda image: image.get("ImageOwnerAlias") or image["OwnerId"]),
            ("PUBLIC", lambda image: image["Public"]),
            ("GIB", lambda image: sum(_sizes(image))),
            ("CREATED", lambda image: image["CreationDate"][:19].replace("T", " ") + "Z"),
        ],
        "No image. Make one: amiable image build debian-12, or amiable image import FILE",
    )


def _state(image: dict[str, Any]) -> str:
    """The state; an image that the catalog only lists is not on its way."""
    return "listed" if image.get("StateReason", {}).get("Code") == NOT_IMPORTED else str(image["State"])


def _sizes(image: dict[str, list[dict[str, dict[str, int]]]]) -> list[int]:
    return [row["Ebs"].get("VolumeSize", 0) for row in image["BlockDeviceMappings"] if "Ebs" in row]
