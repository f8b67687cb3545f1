"""Tags of everything that has an ARN here."""

from amiable.api.call import Call
from amiable.api.imagebuilder.faults import not_found
from amiable.api.imagebuilder.resources import MOST_TAGS, check_tags
from amiable.api.table import Shape, operation
from amiable.model.builder_resource import BuilderResource
from amiable.model.image_build import ImageBuild
from amiable.protocol.faults import Fault


def _tagged(call: Call, arn: str) -> BuilderResource | ImageBuild:
    """The caller's resource or build of exactly this ARN."""
    row: BuilderResource | ImageBuild | None = call.session.get(BuilderResource, arn)
    row = row or call.session.query(ImageBuild).filter_by(arn=arn).one_or_none()
    if row is None or (row.account_id, row.region) != (call.account_id, call.region):
        raise not_found(arn)
    if isinstance(row, ImageBuild) and row.state == "DELETED":
        raise not_found(arn)
    return row


@operation("imagebuilder", "TagResource")
def tag_resource(call: Call, request: Shape) -> Shape:
    """Add tags, or change their values."""
    row = _tagged(call, request["resourceArn"])
    tags = {**row.tags, **request["tags"]}
    if len(tags) > MOST_TAGS:
        raise Fault("InvalidParameterException", f"A resource has at most {MOST_TAGS} tags.")
    check_tags(tags)
    row.tags = tags
    return {}


@operation("imagebuilder", "UntagResource")
def untag_resource(call: Call, request: Shape) -> Shape:
    """Take tags away."""
    row = _tagged(call, request["resourceArn"])
    row.tags = {key: value for key, value in row.tags.items() if key not in request["tagKeys"]}
    return {}


@operation("imagebuilder", "ListTagsForResource")
def list_tags_for_resource(call: Call, request: Shape) -> Shape:
    """The tags of a resource."""
    return {"tags": dict(_tagged(call, request["resourceArn"]).tags)}
