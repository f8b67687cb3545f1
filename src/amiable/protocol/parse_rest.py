"""The rest-json protocol: an input gathered from path, query string, headers and body.

`payload` names the member that is the body itself: raw bytes (EBS direct's block) or one structure.
"""

from functools import cache
from typing import Any

from botocore.model import Shape

from amiable.protocol import faults, models
from amiable.protocol.message import Request
from amiable.protocol.parse_json import body_reader, decode, json_value_reader
from amiable.protocol.parse_scalar import Reader, text_reader
from amiable.protocol.route import Route


def parse_rest(request: Request, route: Route) -> dict[str, Any]:
    """The input of a rest-json operation."""
    shape = route.operation.input_shape
    if shape is None:
        return {}
    result = _body(request, route, shape)
    places = _places(route.service, route.name)
    for wire, (member, reader) in places["uri"].items():
        result[member] = reader(route.labels[wire], wire)
    for wire, (member, reader) in places["header"].items():
        value = request.header(wire)
        if value is not None:
            result[member] = reader(value.strip(), wire)
    result.update(_query(request, places["querystring"]))
    return result


def _body(request: Request, route: Route, shape: Shape) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if payload is None:
        parsed: dict[str, Any] = body_reader(route.service, route.name)(decode(request.body, "rest-json"), "")
        return parsed
    inner = shape.members[payload]
    if inner.type_name == "blob":
        return {payload: request.body}
    return {payload: json_value_reader("rest-json", inner, {})(decode(request.body, "rest-json"), payload)}


def _query(request: Request, members: dict[str, tuple[str, Reader]]) -> dict[str, Any]:
    given: dict[str, list[str]] = {}
    for name, value in request.query_pairs:
        given.setdefault(name, []).append(value)
    result = {}
    for name, values in given.items():
        if name in members:
            member, reader = members[name]
            result[member] = reader(values, name)
        elif name != "x-id" and not name.lower().startswith("x-amz-"):
            # x-id names the operation for the logs of AWS's own front ends; SDKs add it.
            raise faults.unknown_parameter("rest-json", name[:200])
    return result


@cache
def _places(service: str, operation: str) -> dict[str, dict[str, tuple[str, Reader]]]:
    """Location to wire name to (member, reader); header names in lower case."""
    shape = models.operation_model(service, operation).input_shape
    places: dict[str, dict[str, tuple[str, Reader]]] = {"uri": {}, "header": {}, "querystring": {}}
    for member, inner in shape.members.items():
        location = inner.serialization.get("location")
        wire = inner.serialization.get("name", member)
        if location == "querystring":
            places[location][wire] = (member, _query_reader(inner))
        elif location == "header":
            places[location][wire.lower()] = (member, text_reader("rest-json", inner, "rfc822"))
        elif location is not None:
            places[location][wire] = (member, text_reader("rest-json", inner))
    return places


def _query_reader(shape: Shape) -> Reader:
    """A reader of all values that a name has in the query string."""
    if shape.type_name == "list":
        element = text_reader("rest-json", shape.member)
        return lambda values, path: [element(value, path) for value in values]
    scalar = text_reader("rest-json", shape)

    def read(values: Any, path: str) -> Any:
        if len(values) > 1:
            raise faults.malformed("rest-json", f"The parameter {path} occurs twice.")
        return scalar(values[0], path)

    return read
