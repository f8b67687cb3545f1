"""`amiable image log`: where an image comes from and what was made of it, with what each step added."""

from collections import defaultdict
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.image.lineage import created, family, graph
from amiable.cli.naming import image_id
from amiable.cli.options import json_option
from amiable.cli.output import print_json, print_table

Image = dict[str, Any]


@click.command("log")
@click.argument("ami")
@json_option
def log(ami: str, as_json: bool) -> None:
    """Draw the lineage of an image, given by id or name: a step a line, with the bytes that it added."""
    ec2 = client("ec2")
    images = family(ec2, image_id(ec2, ami))
    added = _added(images)
    if as_json:
        print_json(_object(image, added) for image in images)
        return
    print_table(
        graph(images),
        [
            ("IMAGE", lambda image: image["Rails"] + image["ImageId"]),
            ("NAME", lambda image: image.get("Name")),
            ("ADDED", lambda image: _size(added.get(image["ImageId"]))),
            ("STATE", lambda image: image.get("State", "gone")),
            ("OWNER", lambda image: image.get("ImageOwnerAlias") or image.get("OwnerId")),
            ("REGION", lambda image: image["Region"]),
            ("CREATED", created),
        ],
        "",
    )


def _added(images: list[Image]) -> dict[str, int]:
    """Bytes by image id, for the images that are still there and complete."""
    by_region: dict[str, list[str]] = defaultdict(list)
    for image in images:
        if "State" in image:
            by_region[image["Region"]].append(image["ImageId"])
    found: dict[str, int] = {}
    for region, image_ids in by_region.items():
        amiable = client("amiable", elsewhere=region)
        for start in range(0, len(image_ids), 1000):
            answer = amiable.describe_image_storage(ImageIds=image_ids[start : start + 1000])
            found |= {row["ImageId"]: row["StoredBytes"] for row in answer["Images"] if "StoredBytes" in row}
    return found


def _object(image: Image, added: dict[str, int]) -> Image:
    members = ("ImageId", "Name", "State", "OwnerId", "ImageOwnerAlias", "Region", "CreationDate")
    sources = ("SourceImageId", "SourceImageRegion")
    shown = {member: image[member] for member in (*members, *sources) if member in image}
    if (size := added.get(image["ImageId"])) is not None:
        shown["AddedBytes"] = size
    return shown


def _size(count: int | None) -> str | None:
    """Bytes as people read them."""
    if count is None:
        return None
    size, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.1f} {unit}" if unit != "B" else f"{count} B"
