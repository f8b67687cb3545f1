"""Tags of parameters. SSM names a resource by type and id, not by an id alone as EC2 does."""

from amiable.api.call import Call
from amiable.api.ssm.parameters import own_parameter
from amiable.api.table import Shape, operation
from amiable.api.tags import MAX_TAGS, check_tags, tag_set
from amiable.model.parameter import Parameter
from amiable.protocol.faults import Fault


def _parameter(call: Call, request: Shape, *, lock: bool) -> Parameter:
    if request["ResourceType"] != "Parameter":
        raise Fault("InvalidResourceType", "The only resource type here is Parameter.")
    try:
        return own_parameter(call, request["ResourceId"], lock=lock)
    except Fault as missing:
        raise Fault("InvalidResourceId", missing.message) from missing


@operation("ssm", "AddTagsToResource")
def add_tags_to_resource(call: Call, request: Shape) -> Shape:
    """Add tags to a parameter, or replace their values."""
    parameter = _parameter(call, request, lock=True)
    tags = parameter.tags | check_tags(request["Tags"])
    if len(tags) > MAX_TAGS:
        raise Fault("TooManyTagsError", f"A parameter can have a maximum of {MAX_TAGS} tags.")
    parameter.tags = tags
    return {}


@operation("ssm", "RemoveTagsFromResource")
def remove_tags_from_resource(call: Call, request: Shape) -> Shape:
    """Remove tags from a parameter by their keys."""
    parameter = _parameter(call, request, lock=True)
    gone = set(request["TagKeys"])
    parameter.tags = {key: value for key, value in parameter.tags.items() if key not in gone}
    return {}


@operation("ssm", "ListTagsForResource")
def list_tags_for_resource(call: Call, request: Shape) -> Shape:
    """The tags of a parameter."""
    return {"TagList": tag_set(_parameter(call, request, lock=False).tags)}
