"""Images: describe, deregister."""

from sqlalchemy import or_, select

from amiable.api import filters
from amiable.api.allowed_images import allowed, settings_of
from amiable.api.call import Call
from amiable.api.ec2.image_filters import FILTERS, executable_by, owned_by
from amiable.api.ec2.image_retirement import check_unprotected
from amiable.api.ec2.image_shapes import image_shapes
from amiable.api.ec2.recycle_bin import dispose_image, dispose_snapshot
from amiable.api.image_access import own_image, unavailable, usable, visible_image
from amiable.api.owned import answer, listed
from amiable.api.table import Shape, operation
from amiable.model.image import GONE_STATES, Image, images_on_snapshot
from amiable.model.snapshot import GONE_STATES as GONE_SNAPSHOT_STATES
from amiable.model.snapshot import Snapshot
from amiable.model.snapshot_lock import is_locked
from amiable.protocol.faults import Fault


@operation("ec2", "DescribeImages")
def describe_images(call: Call, request: Shape) -> Shape:
    """The images that the caller may use, by id, owner, grantee and filters.

    Deprecated images of others are found by their ids only, disabled ones with IncludeDisabled only.
    """
    settings = settings_of(call)
    query = select(Image).where(Image.region == call.region, usable(call, settings))
    narrowed: list[filters.Condition] = [Image.state.not_in(GONE_STATES)]
    if not request.get("IncludeDisabled"):
        narrowed.append(Image.state != "disabled")
    wanted = request.get("ImageIds")
    if not (wanted or request.get("IncludeDeprecated")):
        current = or_(Image.deprecated_at.is_(None), Image.deprecated_at > call.now)
        narrowed.append(or_(Image.account_id == call.account_id, current))
    if owners := request.get("Owners"):
        narrowed.append(owned_by(call, owners))
    if users := request.get("ExecutableUsers"):
        narrowed.append(executable_by(call, users))
    rows = FILTERS | {"image-allowed": filters.flag(allowed(call, settings))}
    found, tags, token = listed(
        call, "DescribeImages", request, query, Image.id, "ami", "ImageIds", rows, narrowed, 1
    )
    if wanted and len(found) < len(wanted):
        _refuse_gone(call, wanted)
    return answer("Images", image_shapes(call, found, tags, settings), token)


def _refuse_gone(call: Call, image_ids: list[str]) -> None:
    """Raise InvalidAMIID.Unavailable for an image that was there once."""
    gone = select(Image.id).where(Image.id.in_(image_ids), Image.state.in_(GONE_STATES)).order_by(Image.id)
    if (first := call.session.scalar(gone)) is not None:
        raise unavailable(first)


@operation("ec2", "DeregisterImage")
def deregister_image(call: Call, request: Shape) -> Shape:
    """Take an image out of use, with its snapshots if asked; instances go on running."""
    image = own_image(call, request["ImageId"])
    check_unprotected(call, image)
    dispose_image(call, image)
    call.session.flush()
    results = []
    if request.get("DeleteAssociatedSnapshots"):
        results = [_delete_associated(call, row.snapshot_id) for row in image.devices if row.snapshot_id]
    return {"Return": True, "DeleteSnapshotResults": results}


def _delete_associated(call: Call, snapshot_id: str) -> Shape:
    """One entry of DeleteSnapshotResults: a snapshot that another image uses is skipped."""
    snapshot = call.session.get(Snapshot, snapshot_id)
    if snapshot is None or snapshot.state in GONE_SNAPSHOT_STATES:
        code = "success"
    elif snapshot.account_id != call.account_id:
        code = "missing-permissions"
    elif images_on_snapshot(call.session, snapshot_id):
        code = "skipped"
    elif is_locked(snapshot, call.now):
        code = "client-error"
    else:
        if snapshot.state != "pending":  # a pending one belongs to its image's story, which removes it
            dispose_snapshot(call, snapshot)
        code = "success"
    return {"SnapshotId": snapshot_id, "ReturnCode": code}


def launchable_image(call: Call, image_id: str) -> Image:
    """The image that the caller may launch: available, or of the catalog. Raises InvalidAMIID's faults."""
    image = visible_image(call, image_id)
    if image.state != "available" and not image.listed:
        raise Fault(
            "InvalidAMIID.Unavailable",
            f"The image ID: '{image_id}' is {image.state}: it can be launched while it is available.",
        )
    return image
