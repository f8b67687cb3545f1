"""Request bytes to the dict that botocore's input shape describes, whatever the protocol."""

from typing import Any

from amiable.protocol.message import Request
from amiable.protocol.parse_form import parse_form
from amiable.protocol.parse_json import parse_json
from amiable.protocol.parse_rest import parse_rest
from amiable.protocol.route import Route


def parse(request: Request, route: Route) -> dict[str, Any]:
    """The operation's input: members by their names in the model, typed (see `parse_scalar`).

    What was not sent is not in it; what was sent empty is ("" , [], {}). Not validated: see `validate`.
    Raises Fault.
    """
    match route.protocol:
        case "json":
            return parse_json(request, route.service, route.name)
        case "rest-json":
            return parse_rest(request, route)
        case _:
            return parse_form(request, route.service, route.name)
