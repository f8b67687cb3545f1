"""JSON to nested dicts: the bodies of the json and rest-json protocols.

`null` stands for absent. A member that the shape lacks is refused, as in the form protocols: what a
client asks for is done or refused, never dropped.
"""

import json
from functools import cache
from typing import Any

from botocore.model import Shape

from amiable.protocol import faults, models
from amiable.protocol.message import Request
from amiable.protocol.parse_scalar import Reader, json_reader

# A path of more characters than this is a recursive shape driven too deep for whoever reads it next.
_LONGEST_PATH = 1000


def parse_json(request: Request, service: str, operation: str) -> dict[str, Any]:
    """The input of a json operation."""
    shape = models.operation_model(service, operation).input_shape
    document = decode(request.body, "json")
    if shape is None:
        return {}
    parsed: dict[str, Any] = body_reader(service, operation)(document, "")
    return parsed


def decode(body: bytes, protocol: str) -> Any:
    """A JSON document; an empty body is an empty object. Raises Fault SerializationException."""
    if not body.strip():
        return {}
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as wrong:
        # ValueError: no UTF-8, no JSON, or a number of thousands of digits.
        raise faults.malformed(protocol, "The body is not a JSON document.") from wrong


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


@cache
def body_reader(service: str, operation: str) -> Reader:
    """The reader of an operation's input, from decoded JSON; members in other places are unknown here."""
    shape = models.operation_model(service, operation).input_shape
    return json_value_reader(models.protocol_of(service), shape, {})


def json_value_reader(protocol: str, shape: Shape, known: dict[tuple[str, str], Reader]) -> Reader:
    """The reader of a shape; `known` ties the knots of recursive shapes (a knot has a structure in it)."""
    key = models.shape_key(shape)
    if key in known:
        return known[key]
    if shape.type_name == "structure":
        table: dict[str, tuple[str, Reader]] = {}
        known[key] = _structure(protocol, table)
        for member, inner in shape.members.items():
            if "location" not in inner.serialization:
                name = inner.serialization.get("name", member)
                table[name] = (member, json_value_reader(protocol, inner, known))
    elif shape.type_name == "list":
        known[key] = _list(protocol, json_value_reader(protocol, shape.member, known))
    elif shape.type_name == "map":
        inside = (json_value_reader(protocol, part, known) for part in (shape.key, shape.value))
        known[key] = _map(protocol, *inside)
    else:
        known[key] = json_reader(protocol, shape)
    return known[key]


def _structure(protocol: str, table: dict[str, tuple[str, Reader]]) -> Reader:
    def read(node: Any, path: str) -> dict[str, Any]:
        if not isinstance(node, dict):
            raise faults.invalid_value(protocol, path or "body", node, "Must be an object.")
        if len(path) > _LONGEST_PATH:
            raise faults.malformed(protocol, "The body is nested too deeply.")
        result = {}
        for name, child in node.items():
            if child is None or name == "__type":
                continue
            below = f"{path}.{name}" if path else name
            if name not in table:
                raise faults.unknown_parameter(protocol, below[:200])
            member, reader = table[name]
            result[member] = reader(child, below)
        return result

    return read


def _list(protocol: str, element: Reader) -> Reader:
    def read(node: Any, path: str) -> list[Any]:
        if not isinstance(node, list):
            raise faults.invalid_value(protocol, path, node, "Must be an array.")
        return [element(child, f"{path}[{index}]") for index, child in enumerate(node)]

    return read


def _map(protocol: str, key: Reader, value: Reader) -> Reader:
    def read(node: Any, path: str) -> dict[str, Any]:
        if not isinstance(node, dict):
            raise faults.invalid_value(protocol, path, node, "Must be an object.")
        return {
            key(name, f"{path} (key)"): value(child, f"{path}.{name[:100]}") for name, child in node.items()
        }

    return read
