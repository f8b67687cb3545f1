"""What CopyImage, CopySnapshot and the storing of images share: where from, which tags, how many at once.

Copies are called in the region that the copy is for. The source is looked up as the caller sees it there.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.faults import unsupported
from amiable.api.quotas import check_quota
from amiable.api.table import Shape
from amiable.api.tags import MAX_TAGS, SHARED_TAGS
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot, readable_by
from amiable.model.tag import tags_of
from amiable.protocol.faults import Fault


def in_region(call: Call, region: str) -> Call:
    """The same caller in another region. Raises InvalidRegion."""
    if region not in call.settings.region_names:
        raise Fault("InvalidRegion", f"The region '{region}' does not exist.")
    return replace(call, region=region)


def refuse(request: Shape, **reasons: str) -> None:
    """Raise UnsupportedOperation for the members that the request has, with their reason."""
    for name, reason in reasons.items():
        if request.get(name):
            raise unsupported(f"The parameter {name} is not supported: {reason}.")


def check_room(call: Call, quota: str, kind: str, model: Any) -> None:
    """Raise the quota's fault when as many copies to this region are under way as may be."""
    under_way = select(func.count()).select_from(Flow).join(model, model.id == Flow.subject)
    mine = (model.account_id == call.account_id, model.region == call.region)
    count = call.session.scalar(under_way.where(Flow.kind == kind, Flow.outcome.is_(None), *mine))
    check_quota(call, quota, (count or 0) + 1)


def tags_for_copy(call: Call, source_id: str, given: dict[str, str]) -> dict[str, str]:
    """The source's tags that the caller sees, under those that the request gives."""
    tags = tags_of(call.session, [source_id], call.account_id, SHARED_TAGS).get(source_id, {}) | given
    if len(tags) > MAX_TAGS:
        raise Fault("TagLimitExceeded", f"More than {MAX_TAGS} tags: the source's and those specified.")
    return tags


def backing_snapshots(call: Call, image: Image) -> dict[str, Snapshot]:
    """The snapshots below an image, by id, all of them readable by the caller. Raises InvalidRequest."""
    wanted = {device.snapshot_id for device in image.devices if device.snapshot_id}
    found = call.session.scalars(
        select(Snapshot).where(
            Snapshot.id.in_(wanted), Snapshot.state == "completed", readable_by(call.account_id)
        )
    )
    snapshots = {snapshot.id: snapshot for snapshot in found}
    if wanted - set(snapshots):
        raise Fault("InvalidRequest", "You do not have permission to access the storage of this ami")
    return snapshots
