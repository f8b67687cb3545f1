"""DescribeInstanceImageMetadata: the image that each instance was launched from, although it may be gone."""

from typing import Any

from sqlalchemy import or_, select

from amiable.api import filters
from amiable.api.allowed_images import allowed, allowed_among, settings_of
from amiable.api.call import Call
from amiable.api.ec2 import instance_filters
from amiable.api.ec2.image_shapes import watermark_shapes
from amiable.api.ec2.instances import TOMBSTONE, state_shape
from amiable.api.owned import answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.core import clock
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.watermark import watermarks_of
from amiable.model.zone import zone_id

_OF_INSTANCES = ("availability-zone", "instance-id", "instance-state-name", "instance-type", "launch-time")


def _image(row: filters.Filter) -> filters.Filter:
    return lambda value: Instance.image_id.in_(select(Image.id).where(row(value)))


def _filters(call: Call, settings: Shape) -> dict[str, filters.Filter]:
    zones = {zone_id(name, call.region): name for name in call.settings.zone_names(call.region)}
    return {
        **{name: instance_filters.FILTERS[name] for name in _OF_INSTANCES},
        "image-allowed": _image(filters.flag(allowed(call, settings))),
        "owner-alias": _image(filters.text(Image.owner_alias)),
        "owner-id": _image(filters.text(Image.account_id)),
        "zone-id": lambda value: Instance.availability_zone == zones.get(value, ""),
    }


@operation("ec2", "DescribeInstanceImageMetadata")
def describe_instance_image_metadata(call: Call, request: Shape) -> Shape:
    """The images that the caller's instances came from: gone, deprecated, no longer shared or not allowed."""
    settings = settings_of(call)
    query = select_owned(call, Instance).where(
        or_(Instance.terminated_at.is_(None), Instance.terminated_at > call.now - TOMBSTONE)
    )
    rows, tags, token = listed(
        call,
        "DescribeInstanceImageMetadata",
        request,
        query,
        Instance.id,
        "i",
        "InstanceIds",
        _filters(call, settings),
        smallest=1,
    )
    images = _image_shapes(call, settings, sorted({row.image_id for row in rows}))
    shapes = [
        {
            "InstanceId": row.id,
            "InstanceType": row.instance_type,
            "LaunchTime": row.launched_at,
            "AvailabilityZone": row.availability_zone,
            "ZoneId": zone_id(row.availability_zone, call.region),
            "State": state_shape(row.state),
            "OwnerId": row.account_id,
            "Tags": tag_set(tags.get(row.id)),
            "ImageMetadata": images.get(row.image_id, {"ImageId": row.image_id}),
        }
        for row in rows
    ]
    return answer("InstanceImageMetadata", shapes, token)


def _image_shapes(call: Call, settings: Shape, image_ids: list[str]) -> dict[str, Shape]:
    """`ImageMetadata` by image id."""
    watermarks = watermarks_of(call.session, image_ids)
    ok = allowed_among(call, settings, image_ids)
    found: dict[str, Shape] = {}
    for start in range(0, len(image_ids), 500):
        for image in call.session.scalars(
            select(Image).where(Image.id.in_(image_ids[start : start + 500]))
        ).unique():
            found[image.id] = _shape(image) | {
                "ImageAllowed": ok is None or image.id in ok,
                "ImageWatermarks": watermark_shapes(watermarks.get(image.id, ())),
            }
    return found


def _shape(image: Image) -> Shape:
    shape: dict[str, Any] = {
        "ImageId": image.id,
        "Name": image.name,
        "OwnerId": image.account_id,
        "State": "deregistered" if image.state == "recycled" else image.state,
        "CreationDate": clock.iso(image.created_at),
        "IsPublic": image.public,
    }
    if image.owner_alias:
        shape["ImageOwnerAlias"] = image.owner_alias
    if image.deprecated_at:
        shape["DeprecationTime"] = clock.iso(image.deprecated_at)
    return shape
