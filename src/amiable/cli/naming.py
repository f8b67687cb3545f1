"""Instances and images by id, or by name where one thing only has it."""

from collections.abc import Iterable
from typing import Any

from amiable.core import ids
from amiable.core.errors import InvalidInput, NotFound

Item = dict[str, Any]


def literal(text: str) -> str:
    """A filter value that matches the text itself: `*`, `?` and `\\` are EC2's wildcards and escape."""
    return "".join("\\" + letter if letter in "*?\\" else letter for letter in text)


def tag_of(item: Item, key: str) -> str | None:
    """The value of a tag of an instance, image or snapshot."""
    return next((tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == key), None)


def list_instances(ec2: Any, filters: list[Item]) -> list[Item]:
    """The caller's instances, as DescribeInstances shows them, oldest first."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=filters, PaginationConfig={"PageSize": 1000}
    )
    found = [instance for page in pages for group in page["Reservations"] for instance in group["Instances"]]
    return sorted(found, key=lambda instance: (instance["LaunchTime"], instance["InstanceId"]))


def list_images(ec2: Any, filters: list[Item], owners: list[str]) -> list[Item]:
    """Images as DescribeImages shows them, oldest first; no owners means all that the caller may launch.

    The caller's own disabled images are among them.
    """
    pages = ec2.get_paginator("describe_images").paginate(
        Filters=filters, Owners=owners, IncludeDisabled=True, PaginationConfig={"PageSize": 1000}
    )
    found = [image for page in pages for image in page["Images"]]
    return sorted(found, key=lambda image: (image["CreationDate"], image["ImageId"]))


def images_by_id(ec2: Any, image_ids: Iterable[str]) -> dict[str, Item]:
    """The images of these ids that still are and that the caller may see, whatever their state."""
    wanted, found = sorted(set(image_ids)), dict[str, Item]()
    for start in range(0, len(wanted), 200):
        pages = ec2.get_paginator("describe_images").paginate(
            Filters=[{"Name": "image-id", "Values": wanted[start : start + 200]}],
            IncludeDisabled=True,
            IncludeDeprecated=True,
        )
        found |= {image["ImageId"]: image for page in pages for image in page["Images"]}
    return found


def instance_id(ec2: Any, text: str) -> str:
    """The id of an instance given by id or Name tag. Raises NotFound; InvalidInput for a shared name."""
    if text.startswith("i-") and ids.is_id("i", text):
        return text
    live = ["pending", "running", "stopping", "stopped"]
    found = list_instances(
        ec2,
        [
            {"Name": "tag:Name", "Values": [literal(text)]},
            {"Name": "instance-state-name", "Values": live},
        ],
    )
    return _only(text, [instance["InstanceId"] for instance in found], "instance")


def image_id(ec2: Any, text: str) -> str:
    """The id of an image given by id or name; the caller's own come before others' public ones."""
    if ids.is_id("ami", text):
        return text
    filters = [{"Name": "name", "Values": [literal(text)]}]
    found = list_images(ec2, filters, ["self"]) or list_images(ec2, filters, [])
    live = [image["ImageId"] for image in found if image["State"] != "failed"]
    return _only(text, live or [image["ImageId"] for image in found], "image")


def _only(text: str, found: list[str], noun: str) -> str:
    if not found:
        raise NotFound(f"There is no {noun} {text!r}. See: amiable {noun} list")
    if len(found) > 1:
        raise InvalidInput(f"Several {noun}s are named {text!r}; give an id: {', '.join(found)}.")
    return found[0]
