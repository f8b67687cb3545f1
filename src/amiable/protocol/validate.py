"""Is a parsed input what the model asks for?

| constraint              | ec2              | query           | json, rest-json     |
|-------------------------|------------------|-----------------|---------------------|
| required                | MissingParameter | ValidationError | ValidationException |
| enum, min, max, pattern | not here         | ValidationError | ValidationException |

Image Builder, whose model has no such exception, says InvalidParameterValueException. EC2's bounds are left
to its operations: the codes differ by parameter (InvalidMaxResults, InvalidAMIName, …).
EC2 stops at the first; the others count and list all of them, in the words of AWS:
"2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; …".
"""

from collections.abc import Iterator
from typing import Any

from botocore.model import Shape

from amiable.protocol import faults, models
from amiable.protocol.faults import Fault
from amiable.protocol.parse_form import wire_name
from amiable.protocol.route import Route

_CODE = {"query": "ValidationError", "json": "ValidationException", "rest-json": "ValidationException"}
_CODE_OF_SERVICE = {"imagebuilder": "InvalidParameterValueException"}
# How many failures are listed; more would only swell the message.
_LISTED = 10


def validate(parameters: dict[str, Any], route: Route) -> None:
    """Raise the Fault that says what is missing or out of bounds."""
    shape = route.operation.input_shape
    if shape is None:
        return
    if route.protocol == "ec2":
        _require(shape, parameters, "")
        return
    found = list(_failures(shape, parameters, ""))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise Fault(_code(route), count + "; ".join(found[:_LISTED]), members=_reason(route))


def _code(route: Route) -> str:
    return _CODE_OF_SERVICE.get(route.service, _CODE[route.protocol])


def _reason(route: Route) -> dict[str, str]:
    """`Reason`, for services whose ValidationException has it (EBS direct, recycle bin)."""
    error = models.error_shape(route.service, _code(route))
    return {"Reason": "INVALID_PARAMETER_VALUE"} if error is not None and "Reason" in error.members else {}


def _require(shape: Shape, value: Any, path: str) -> None:
    """EC2: the first required member that is absent, by its name on the wire."""
    if shape.type_name == "list":
        for index, item in enumerate(value, 1):
            _require(shape.member, item, f"{path}.{index}")
    elif shape.type_name == "structure":
        members = shape.members
        for name in shape.required_members:
            if value.get(name) in (None, [], {}):
                wire = wire_name("ec2", members[name], name)
                raise faults.missing_parameter(f"{path}.{wire}" if path else wire)
        for name, item in value.items():
            if isinstance(item, dict | list):
                wire = wire_name("ec2", members[name], name)
                _require(members[name], item, f"{path}.{wire}" if path else wire)


def _failures(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        below = f"{path}." if path else ""
        for name in shape.required_members:
            if name not in value:
                at = below + name[0].lower() + name[1:]
                yield f"Value null at '{at}' failed to satisfy constraint: Member must not be null"
        for name, item in value.items():
            yield from _failures(shape.members[name], item, below + name[0].lower() + name[1:])
        return
    constraint = _broken(shape, value)
    if constraint:
        shown = "<bytes>" if isinstance(value, bytes) else str(value)[:100]
        yield f"Value '{shown}' at '{path}' failed to satisfy constraint: Member must {constraint}"
    elif kind == "list":
        for index, item in enumerate(value, 1):
            yield from _failures(shape.member, item, f"{path}.{index}.member")
    elif kind == "map":
        for name, item in value.items():
            yield from _failures(shape.key, name, f"{path}.key")
            yield from _failures(shape.value, item, f"{path}.{name[:100]}.member")


def _broken(shape: Shape, value: Any) -> str | None:
    """The first constraint of a scalar, list or map that its value breaks."""
    rules = shape.metadata
    size: float
    if isinstance(value, str | bytes | list | dict):
        size, what = len(value), "have length"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size, what = value, "have value"
    else:
        return None
    if "min" in rules and size < rules["min"]:
        return f"{what} greater than or equal to {rules['min']}"
    if "max" in rules and size > rules["max"]:
        return f"{what} less than or equal to {rules['max']}"
    if isinstance(value, str):
        if "enum" in rules and value not in rules["enum"]:
            return f"satisfy enum value set: [{', '.join(rules['enum'])}]"
        pattern = models.pattern_of(rules["pattern"]) if "pattern" in rules else None
        if pattern and not pattern.fullmatch(value):
            return f"satisfy regular expression pattern: {rules['pattern']}"
    return None
