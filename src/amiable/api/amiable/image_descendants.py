"""DescribeImageDescendants: what was made of an image, for `amiable image log`. GetImageAncestry looks up.

The way down leads through images of the caller that are gone, of which no more is told than EC2 tells of gone
ancestors, and through those of others that the caller may launch.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, or_, select

from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.api.image_access import launchable
from amiable.api.table import Shape, operation
from amiable.model.image import GONE_STATES, Image

_BATCH = 500


@operation("amiable", "DescribeImageDescendants")
def describe_image_descendants(call: Call, request: Shape) -> Shape:
    """What was made of an image, in all regions, and of that; own images that are gone are among them."""
    image_id = request["ImageId"]
    check_ids("ami", image_id)
    seen = or_(
        Image.account_id == call.account_id,
        and_(launchable(call), Image.state.not_in(GONE_STATES)),
    )
    here = select(Image.id).where(Image.id == image_id, Image.region == call.region, seen)
    if call.session.scalar(here) is None:
        raise not_found("ami", image_id)
    return {"Images": list(_below(call, image_id, seen))}


def _below(call: Call, image_id: str, seen: ColumnElement[bool]) -> Iterator[Shape]:
    """Level by level, what the caller sees."""
    known, parents = {image_id}, [image_id]
    while parents:
        children = []
        for start in range(0, len(parents), _BATCH):
            rows = call.session.execute(
                select(
                    Image.id,
                    Image.region,
                    Image.created_at,
                    Image.owner_alias,
                    Image.source_image_id,
                    Image.source_image_region,
                )
                .where(Image.source_image_id.in_(parents[start : start + _BATCH]), seen)
                .order_by(Image.created_at, Image.id)
            )
            children += [row for row in rows if row.id not in known]
        for row in children:
            shape = {
                "ImageId": row.id,
                "Region": row.region,
                "CreationDate": row.created_at,
                "ImageOwnerAlias": row.owner_alias,
                "SourceImageId": row.source_image_id,
                "SourceImageRegion": row.source_image_region,
            }
            yield {key: value for key, value in shape.items() if value}
        parents = [row.id for row in children]
        known |= set(parents)
