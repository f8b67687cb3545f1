"""Follow images and instances until they are what was asked for.

An image is done when it is `available`; its snapshots tell how far it is. An instance is done when it has
the wanted state; one that ends up elsewhere says why in its state reason.
"""

from collections.abc import Sequence
from typing import Any

from amiable.cli.progress import Tell
from amiable.core import clock
from amiable.core.errors import Conflict

Item = dict[str, Any]

NOT_IMPORTED, IMPORTING = "Client.NotImported", "Client.Importing"
"""Codes of the state reason of an image that the catalog lists, and of one that it imports."""
EVERY = 0.5
"""Seconds between looks."""

# The state that leads to each wanted one.
_ON_THE_WAY = {"running": "pending", "stopped": "stopping", "terminated": "shutting-down"}


def reason(item: Item) -> str:
    """Why an image or instance is in its state, as a clause, or nothing."""
    said = item.get("StateReason", {}).get("Message") or item.get("StateTransitionReason") or ""
    return f": {said}" if said else "."


def watch_image(ec2: Any, image_id: str, tell: Tell) -> Item:
    """Wait until an image is available, and return it. Raises Conflict when it failed."""
    while True:
        (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
        if image["State"] == "available":
            return dict(image)
        if image["State"] != "pending":
            how = "failed" if image["State"] == "failed" else f"is {image['State']}"
            raise Conflict(f"The image {image_id} {how}{reason(image)}")
        tell(*_how_far(ec2, image))
        clock.sleep(EVERY)


def _how_far(ec2: Any, image: Item) -> tuple[str, float | None]:
    """What its snapshots say."""
    snapshots = snapshots_of(ec2, image)
    if not snapshots:
        return "pending", None
    done = sum(int(snapshot["Progress"].rstrip("%") or 0) for snapshot in snapshots) / (100 * len(snapshots))
    return ("storing" if done else "reading", done)


def snapshots_of(ec2: Any, image: Item) -> list[Item]:
    """The snapshots below an image that the caller owns: others' are not shown, as on EC2."""
    wanted = [
        row["Ebs"]["SnapshotId"] for row in image["BlockDeviceMappings"] if "SnapshotId" in row.get("Ebs", {})
    ]
    if not wanted:
        return []
    # By filter, not by id: an id that is not visible would be an error.
    found = ec2.describe_snapshots(Filters=[{"Name": "snapshot-id", "Values": wanted}])["Snapshots"]
    return sorted(found, key=lambda snapshot: wanted.index(snapshot["SnapshotId"]))


def watch_instances(ec2: Any, instance_ids: Sequence[str], wanted: str, tell: Tell) -> list[Item]:
    """Wait until instances are `running`, `stopped` or `terminated`, and return them.

    Raises Conflict for one that is on another way.
    """
    while True:
        answer = ec2.describe_instances(InstanceIds=list(instance_ids))
        found = [instance for group in answer["Reservations"] for instance in group["Instances"]]
        states = [instance["State"]["Name"] for instance in found]
        for instance, state in zip(found, states, strict=True):
            if state not in (wanted, _ON_THE_WAY[wanted]):
                raise Conflict(f"The instance {instance['InstanceId']} is {state}{reason(instance)}")
        if all(state == wanted for state in states):
            return found
        tell(_ON_THE_WAY[wanted], states.count(wanted) / len(states) if len(states) > 1 else None)
        clock.sleep(EVERY)
