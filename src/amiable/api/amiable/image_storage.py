"""DescribeImageStorage: the bytes that an image's snapshots added to the store, for `amiable image log`."""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.api.image_access import launchable
from amiable.api.table import Shape, operation
from amiable.model.image import GONE_STATES, Image, ImageDevice
from amiable.model.snapshot import Snapshot


@operation("amiable", "DescribeImageStorage")
def describe_image_storage(call: Call, request: Shape) -> Shape:
    """What images that the caller may see added to the block store."""
    wanted = list(dict.fromkeys(request["ImageIds"]))
    check_ids("ami", *wanted)
    seen = set(
        call.session.scalars(
            select(Image.id).where(
                Image.id.in_(wanted),
                Image.region == call.region,
                Image.state.not_in(GONE_STATES),
                launchable(call),
            )
        )
    )
    if missing := [image_id for image_id in wanted if image_id not in seen]:
        raise not_found("ami", *missing)
    added: dict[str, list[int | None]] = {image_id: [] for image_id in wanted}
    rows = call.session.execute(
        select(ImageDevice.image_id, Snapshot.stored_bytes)
        .join(Snapshot, Snapshot.id == ImageDevice.snapshot_id)
        .where(ImageDevice.image_id.in_(wanted))
    )
    for image_id, stored_bytes in rows:
        added[image_id].append(stored_bytes)
    return {"Images": [_shape(image_id, sizes) for image_id, sizes in added.items()]}


def _shape(image_id: str, sizes: list[int | None]) -> Shape:
    known = [size for size in sizes if size is not None]
    complete = len(known) == len(sizes)
    return {"ImageId": image_id, "StoredBytes": sum(known)} if complete else {"ImageId": image_id}
