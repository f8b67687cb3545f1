"""The family of an image: its ancestors, and what was made of it, in all regions.

* ami-…01   the root
* ami-…02   its only child stands below it
├─* ami-…03   one of two children, on a rail of its own
│ * ami-…04   and what was made of that
* ami-…05   the younger child goes on
"""

from collections.abc import Iterator, Sequence
from typing import Any

from amiable.cli.client import client

Image = dict[str, Any]

BATCH = 200
"""Values of a filter."""


def family(ec2: Any, image_id: str) -> list[Image]:
    """The images of the graph, ancestors first, in the shape of DescribeImages with `Region`.

    One that is gone, or that the caller may not see, has only what GetImageAncestry and
    DescribeImageDescendants say of it.
    """
    ancestry = ec2.get_image_ancestry(ImageId=image_id)["ImageAncestryEntries"]
    here = ec2.meta.region_name
    entries = [
        {**entry, "Region": region} for entry, region in zip(ancestry, _regions(ancestry, here), strict=True)
    ]
    entries.reverse()
    entries += client("amiable").describe_image_descendants(ImageId=image_id)["Images"]
    seen: dict[str, Image] = {}
    for region in {row["RegionName"] for row in ec2.describe_regions()["Regions"]}:
        there = [entry["ImageId"] for entry in entries if entry["Region"] == region]
        seen |= {image["ImageId"]: image for image in _described(client("ec2", elsewhere=region), there)}
    return [{**entry, **seen.get(entry["ImageId"], {})} for entry in entries]


def _regions(ancestry: Sequence[Image], here: str) -> Iterator[str]:
    """The region of each ancestor: its child says where it lies."""
    yield here
    for entry in ancestry[:-1]:
        here = entry.get("SourceImageRegion") or here
        yield here


def _described(ec2: Any, image_ids: list[str]) -> list[Image]:
    """Those of the images that are there, deprecated and disabled ones too."""
    found: list[Image] = []
    for start in range(0, len(image_ids), BATCH):
        pages = ec2.get_paginator("describe_images").paginate(
            Filters=[{"Name": "image-id", "Values": image_ids[start : start + BATCH]}],
            IncludeDeprecated=True,
            IncludeDisabled=True,
        )
        found += [image for page in pages for image in page["Images"]]
    return found


def created(image: Image) -> str:
    """When, to the second, whether EC2 said it as text or as a time."""
    return str(image["CreationDate"])[:19].replace("T", " ") + "Z"


def graph(images: Sequence[Image]) -> Iterator[Image]:
    """The images line by line, each with its `Rails`; the first image is the root."""
    children: dict[str, list[Image]] = {}
    for image in sorted(images[1:], key=created):
        children.setdefault(image["SourceImageId"], []).append(image)
    # (image, what leads its own line, what leads the lines below it), the next one last
    waiting = [(images[0], "", "")]
    while waiting:
        image, first, rest = waiting.pop()
        yield {**image, "Rails": f"{first}* "}
        if below := children.get(image["ImageId"]):
            waiting.append((below[-1], rest, rest))
            waiting += [(branch, f"{rest}├─", f"{rest}│ ") for branch in reversed(below[:-1])]
