"""`resolve:ssm:` image ids: an alias, looked up when it is used (EC2 User Guide, "AMI aliases")."""

from amiable.api import parameters
from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.core import ids
from amiable.protocol.faults import Fault

PREFIX = "resolve:ssm:"


def image_id_of(call: Call, given: str) -> str:
    """The image id that a request means: itself, or what its alias says now."""
    if not given.startswith(PREFIX):
        return given
    alias = given.removeprefix(PREFIX)
    try:
        found = parameters.find(call, alias)
    except Fault as missing:
        raise invalid(f"Invalid AMI alias {given}: {missing.message}") from missing
    if found.type != "String" or not ids.is_id("ami", found.value):
        raise invalid(f"Invalid AMI alias {given}: the value of the parameter is not an AMI ID.")
    return found.value
