"""Whether an operation's answer is of the shape that botocore's model gives it."""

from datetime import datetime
from typing import Any

from botocore.model import Shape

from amiable.protocol.models import operation_model, pattern_of

SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (float, int),
    "float": (float, int),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes,),
}

SEEN = {("AttachmentStatus", "available")}
"""Values that EC2 answers though its model does not name them: the state of an attached internet gateway."""


STRICT = ("imagebuilder",)
"""Services whose answers keep to the patterns of their model too."""
OTHERWISE = ("ComponentParameterType", "WorkflowParameterType")
"""Shapes that AWS documents and answers otherwise than by their pattern: `string`, not `String`."""


def check_answer(service: str, operation: str, answer: dict[str, Any]) -> None:
    """Fails the test, naming the path, where the answer says what the model does not have."""
    output = operation_model(service, operation).output_shape
    if output is None:
        assert answer == {}, f"{operation} answers nothing"
    else:
        _check(output, answer, operation)
        if service in STRICT:
            _check_patterns(output, answer, operation)


def _check_patterns(shape: Shape, value: Any, path: str) -> None:
    kind = shape.type_name
    if kind == "structure":
        for name, member in value.items():
            _check_patterns(shape.members[name], member, f"{path}.{name}")
    elif kind == "list":
        for index, item in enumerate(value):
            _check_patterns(shape.member, item, f"{path}[{index}]")
    elif kind == "string":
        assert value or not shape.metadata.get("min"), f"{path} is empty"
        pattern = pattern_of(shape.metadata.get("pattern", ""))
        kept = not pattern or shape.name in OTHERWISE or pattern.search(value)
        assert kept, f"{path} is {value!r}, not as {pattern}"


def _check(shape: Shape, value: Any, path: str) -> None:
    kind = shape.type_name
    if kind == "structure":
        assert isinstance(value, dict), path
        for name, member in value.items():
            assert name in shape.members, f"{path} has no member {name}"
            _check(shape.members[name], member, f"{path}.{name}")
        assert set(shape.required_members) <= set(value), path
    elif kind == "list":
        assert isinstance(value, list), path
        for index, item in enumerate(value):
            _check(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        assert isinstance(value, dict), path
        for key, item in value.items():
            _check(shape.key, key, f"{path} key")
            _check(shape.value, item, f"{path}[{key}]")
    else:
        assert isinstance(value, SCALARS[kind]), f"{path} is {value!r}, not a {kind}"
        assert kind == "boolean" or not isinstance(value, bool), f"{path} is {value!r}, not a {kind}"
        if kind == "string" and shape.enum:
            known = value in shape.enum or (shape.name, value) in SEEN
            assert known, f"{path} is {value!r}, none of {shape.enum}"
