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

    An ancestor that is gone, or that the caller may not see, has only what GetImageAncestry says of it.
    """
    ancestry = ec2.get_image_ancestry(ImageId=image_id)["ImageAncestryEntries"]
    here = ec2.meta.region_name
    regions = {
        region["RegionName"]: client("ec2", elsewhere=region["RegionName"])
        for region in ec2.describe_regions()["Regions"]
    }
    found = []
    for entry, region in zip(ancestry, _regions(ancestry, here), strict=True):
        seen = _described(regions[region], "image-id", [entry["ImageId"]]) if region in regions else []
        found.append({**entry, **(seen[0] if seen else {}), "Region": region})
    found.reverse()
    parents = [image_id]
    known = {image["ImageId"] for image in found}
    while parents:
        children = [
            {**image, "Region": region}
            for region, there in regions.items()
            for image in _described(there, "source-image-id", parents)
            if image["ImageId"] not in known
        ]
        parents = [image["ImageId"] for image in children]
        known |= set(parents)
        found += children
    return found


def _regions(ancestry: Sequence[Image], here: str) -> Iterator[str]:
    """The region of each ancestor: its child says where it lies."""
    yield here
    for entry in ancestry[:-1]:
        here = entry.get("SourceImageRegion") or here
        yield here


def _described(ec2: Any, name: str, values: list[str]) -> list[Image]:
    """The images that a filter finds, deprecated and disabled ones too."""
    found: list[Image] = []
    for start in range(0, len(values), BATCH):
        pages = ec2.get_paginator("describe_images").paginate(
            Filters=[{"Name": name, "Values": values[start : start + BATCH]}],
            IncludeDeprecated=True,
            IncludeDisabled=True,
        )
        found += [image for page in pages for image in page["Images"]]
    return found


def graph(images: Sequence[Image]) -> Iterator[Image]:
    """The images line by line, each with its `Rails`; the first image is the root."""
    children: dict[str, list[Image]] = {}
    for image in sorted(images[1:], key=lambda image: str(image["CreationDate"])):
        children.setdefault(image["SourceImageId"], []).append(image)
    # (image, what leads its own line, what leads the lines below it), the next one last
    waiting = [(images[0], "", "")]
    while waiting:
        image, first, rest = waiting.pop()
        yield {**image, "Rails": f"{first}* "}
        if below := children.get(image["ImageId"]):
            waiting.append((below[-1], rest, rest))
            waiting += [(branch, f"{rest}├─", f"{rest}│ ") for branch in reversed(below[:-1])]
