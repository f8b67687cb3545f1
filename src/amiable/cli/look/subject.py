"""What a verb looks into: an image, a snapshot, or an instance as it is now.

Of an instance, all volumes of one instant become a temporary image (CreateImage without a reboot), which is
deregistered with its snapshots when the verb is done, whatever happens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.progress import progress
from amiable.cli.waiting import watch_image
from amiable.core import ids


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


@contextmanager
def _temporary_image(ec2: Any, instance_id: str) -> Iterator[str]:
    made = ec2.create_image(
        InstanceId=instance_id,
        Name=f"Temporary {instance_id} {ids.new_id('look')}",
        Description=f"Temporary: what {instance_id} holds",
        NoReboot=True,
    )["ImageId"]
    try:
        with progress(f"Reading {instance_id}") as tell:
            watch_image(ec2, made, tell)
        yield made
    finally:
        ec2.deregister_image(ImageId=made, DeleteAssociatedSnapshots=True)
