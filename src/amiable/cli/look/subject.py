"""What a verb looks into: an image, a snapshot, or an instance as it is now.

Of an instance, all volumes of one instant become a temporary image (CreateImage without a reboot), which is
deregistered with its snapshots when the verb is done, whatever happens. One that a killed command or a closed
tab of the console left behind goes before the next is made, once it is an hour old.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.progress import progress
from amiable.cli.waiting import watch_image
from amiable.core import clock, ids

LEFT_BEHIND = timedelta(hours=1)


def is_instance(text: str) -> bool:
    """Whether it is the id of an instance."""
    return ids.is_id("i", text)


@contextmanager
def subject(text: str) -> Iterator[str]:
    """The id of an image (given by id or name), snapshot (by id) or instance (by id) to ask about."""
    ec2 = client("ec2")
    if is_instance(text):
        with _temporary_image(ec2, text) as made:
            yield made
    else:
        yield text if ids.is_id("snap", text) else image_id(ec2, text)


def _description(instance_id: str) -> str:
    """The console says the same (strings/inside.ts), so that each takes away what the other left."""
    return f"Temporary: what {instance_id} holds"


def _drop(ec2: Any, image_id: str) -> None:
    ec2.deregister_image(ImageId=image_id, DeleteAssociatedSnapshots=True)


def _drop_left_behind(ec2: Any) -> None:
    described = [{"Name": "description", "Values": [_description("*")]}]
    for image in ec2.describe_images(Owners=["self"], Filters=described)["Images"]:
        if clock.now() - datetime.fromisoformat(image["CreationDate"]) > LEFT_BEHIND:
            with suppress(ClientError):  # somebody else was quicker; it is no matter of this command
                _drop(ec2, image["ImageId"])


@contextmanager
def _temporary_image(ec2: Any, instance_id: str) -> Iterator[str]:
    _drop_left_behind(ec2)
    made = ec2.create_image(
        InstanceId=instance_id,
        Name=f"Temporary {instance_id} {ids.new_id('look')}",
        Description=_description(instance_id),
        NoReboot=True,
    )["ImageId"]
    try:
        with progress(f"Reading {instance_id}") as tell:
            watch_image(ec2, made, tell)
        yield made
    finally:
        _drop(ec2, made)
