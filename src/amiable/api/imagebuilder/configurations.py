"""Configurations and pipelines have no versions: an update replaces what they say, not name and tags."""

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.imagebuilder.resources import found
from amiable.api.table import Shape
from amiable.model.builder_resource import BuilderResource


def replace(
    call: Call, operation: str, request: Shape, arn: str, kind: str, data: Shape, *, state: str | None = None
) -> BuilderResource:
    """Replace the data of the caller's resource; the same token again changes nothing."""
    row = found(call, arn, kind, own=True, lock=True)
    if made_before(call, operation, request) is None:
        row.data = {key: value for key, value in data.items() if value is not None}
        row.state = state or row.state
        row.updated_at = call.now
        remember(call, operation, request, arn)
    return row
