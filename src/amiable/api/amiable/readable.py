"""Whose content the caller may read: its own images and snapshots, those shared with it, and images that it
may launch (whoever launches an image sees all that is in it). Paid ones only with a subscription.
"""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import check_ids, invalid, not_found
from amiable.api.image_access import launchable
from amiable.model.image import GONE_STATES, Image, root_first
from amiable.model.product import missing_subscriptions
from amiable.model.snapshot import GONE_STATES as GONE_SNAPSHOTS
from amiable.model.snapshot import Snapshot, readable_by
from amiable.protocol.faults import Fault


def readable_snapshots(call: Call, resource_id: str) -> list[Snapshot]:
    """The snapshots of an image, its root first, or the one snapshot; all completed.

    Raises Invalid….Malformed and .NotFound, OptInRequired, and IncorrectState when there is no content yet.
    """
    if resource_id.startswith("ami-"):
        found = _of_image(call, resource_id)
    elif resource_id.startswith("snap-"):
        found = [_snapshot(call, resource_id)]
    else:
        raise invalid(f"{resource_id!r} is neither an image (ami-…) nor a snapshot (snap-…).")
    missing = missing_subscriptions(call.session, call.account_id, resource_id, *(each.id for each in found))
    if missing:
        names = ", ".join(product.name for product in missing)
        raise Fault(
            "OptInRequired", f"{resource_id} holds products that the caller is not subscribed to: {names}."
        )
    for snapshot in found:
        if snapshot.state != "completed":
            raise Fault("IncorrectState", f"The snapshot {snapshot.id} of {resource_id} is {snapshot.state}.")
    return found


def _of_image(call: Call, image_id: str) -> list[Snapshot]:
    check_ids("ami", image_id)
    image = call.session.scalar(
        select(Image).where(Image.id == image_id, Image.region == call.region, launchable(call))
    )
    if image is None or image.state in GONE_STATES:
        raise not_found("ami", image_id)
    if image.state != "available" and not (image.state == "disabled" and image.account_id == call.account_id):
        raise Fault("IncorrectState", f"The image {image_id} is {image.state}.")
    return [
        call.session.get_one(Snapshot, device.snapshot_id)
        for device in root_first(image)
        if device.snapshot_id
    ]


def _snapshot(call: Call, snapshot_id: str) -> Snapshot:
    check_ids("snap", snapshot_id)
    snapshot = call.session.scalar(
        select(Snapshot).where(
            Snapshot.id == snapshot_id,
            Snapshot.region == call.region,
            Snapshot.state.not_in(GONE_SNAPSHOTS),
            readable_by(call.account_id),
        )
    )
    if snapshot is None:
        raise not_found("snap", snapshot_id)
    return snapshot
