"""Dicts to JSON: the answers of the json and rest-json protocols.

Members that are None are left out. Timestamps are seconds since 1970 unless the model asks for text.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from typing import Any

from botocore.model import Shape

from amiable.core import clock
from amiable.protocol import models

Converter = Callable[[Any], Any]


def render_json(service: str, operation: str, result: Mapping[str, Any]) -> bytes:
    """The body of a successful answer; members that rest-json puts elsewhere are not in it."""
    return dump(body_converter(service, operation)(result))


def dump(document: Any) -> bytes:
    """A JSON document, without spaces."""
    return json.dumps(document, separators=(",", ":")).encode()


@cache
def body_converter(service: str, operation: str) -> Converter:
    """The converter of an operation's output to what json.dumps takes."""
    shape = models.operation_model(service, operation).output_shape
    return _structure("no output", {}) if shape is None else json_converter(shape, {})


def json_converter(shape: Shape, known: dict[tuple[str, str], Converter]) -> Converter:
    """The converter of a shape; `known` ties the knots of recursive shapes."""
    key = models.shape_key(shape)
    if key in known:
        return known[key]
    if shape.type_name == "structure":
        table: dict[str, tuple[str, Converter] | None] = {}
        known[key] = _structure(shape.name, table)
        for member, inner in shape.members.items():
            if "location" in inner.serialization:
                table[member] = None
            else:
                table[member] = (inner.serialization.get("name", member), json_converter(inner, known))
    elif shape.type_name == "list":
        element = json_converter(shape.member, known)
        known[key] = lambda value: [element(item) for item in value]
    elif shape.type_name == "map":
        item_converter = json_converter(shape.value, known)
        known[key] = lambda value: {name: item_converter(item) for name, item in value.items()}
    elif shape.type_name == "timestamp":
        known[key] = timestamp_converter(shape.serialization.get("timestampFormat", "unixTimestamp"))
    else:
        known[key] = _SCALARS[shape.type_name]
    return known[key]


def _structure(name: str, table: dict[str, tuple[str, Converter] | None]) -> Converter:
    def convert(value: Any) -> dict[str, Any]:
        document = {}
        for member, item in value.items():
            if member not in table:
                raise TypeError(f"{name} has no member {member}")
            row = table[member]
            if row is not None and item is not None:
                document[row[0]] = row[1](item)
        return document

    return convert


def timestamp_converter(form: str) -> Converter:
    """An aware datetime to unixTimestamp (a number), iso8601 or rfc822."""
    return {"unixtimestamp": _epoch, "iso8601": clock.iso, "rfc822": _rfc822}[form.lower()]


def _epoch(instant: datetime) -> float:
    seconds = round(instant.timestamp(), 3)
    return int(seconds) if seconds == int(seconds) else seconds


def _rfc822(instant: datetime) -> str:
    return format_datetime(instant, usegmt=True)


def _blob(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _string(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no string")
    return value


_SCALARS: dict[str, Converter] = {
    "string": _string,
    "character": _string,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "blob": _blob,
}
