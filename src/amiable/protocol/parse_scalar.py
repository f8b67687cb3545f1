"""One value off the wire: text or JSON to what the shape's type says.

| type                | becomes                                                       |
|---------------------|---------------------------------------------------------------|
| string              | str, without characters that the answer could not carry back  |
| integer, long       | int within 32 or 64 bits                                      |
| float, double       | float, finite                                                 |
| boolean             | bool                                                          |
| timestamp           | aware datetime in UTC                                         |
| blob                | bytes, base64-decoded                                         |

A reader takes (value, path) and raises Fault InvalidParameterValue (ec2, query) or SerializationException.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.model import Shape

from amiable.protocol import faults

Reader = Callable[[Any, str], Any]

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_BITS = {"integer": 31, "long": 63}
# What XML 1.0 has no form for; and what neither PostgreSQL nor UTF-8 can hold.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def text_reader(protocol: str, shape: Shape, timestamp_format: str = "iso8601") -> Reader:
    """A reader of one scalar from text: a form value, a header, a part of a path or of a query."""
    read_value = _reader(protocol, shape, timestamp_format, _FROM_TEXT)

    def read(value: Any, path: str) -> Any:
        if not isinstance(value, str):
            # A group where the model has a value: Name.1=… for Name.
            raise faults.unknown_parameter(protocol, path)
        return read_value(value, path)

    return read


def json_reader(protocol: str, shape: Shape) -> Reader:
    """A reader of one scalar from decoded JSON."""
    return _reader(protocol, shape, "unixTimestamp", _FROM_JSON)


def _reader(
    protocol: str, shape: Shape, timestamp_format: str, table: dict[str, Callable[[Any, str], Any]]
) -> Reader:
    kind = shape.type_name
    convert, expected, is_string = table[kind], _EXPECTED[kind], kind in ("string", "character")
    form = shape.serialization.get("timestampFormat", timestamp_format).lower()
    detail = form if kind == "timestamp" else kind

    def read(value: Any, path: str) -> Any:
        result = convert(value, detail)
        if result is None:
            raise faults.invalid_value(protocol, path, value, expected)
        return _checked_text(protocol, result, path) if is_string else result

    return read


def _checked_text(protocol: str, value: str, path: str) -> str:
    wrong = _NOT_IN_XML if protocol in ("ec2", "query") else _NOT_TEXT
    if wrong.search(value):
        shown = value.encode("ascii", "backslashreplace").decode()
        raise faults.invalid_value(protocol, path, shown, "It has characters that are not text.")
    return value


# Converters take (value, kind; for timestamps: format) and return None for what is not of the type.


def _string(value: Any, _: str) -> str | None:
    return value if isinstance(value, str) else None


def _integer(text: str, kind: str) -> int | None:
    return _json_integer(int(text), kind) if _INTEGER.fullmatch(text) else None


def _json_integer(value: Any, kind: str) -> int | None:
    limit = 1 << _BITS[kind]
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and -limit <= value < limit else None


def _boolean(text: str, _: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _json_boolean(value: Any, _: str) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(text: str, kind: str) -> float | None:
    return _json_number(float(text), kind) if _NUMBER.fullmatch(text) else None


def _json_number(value: Any, _: str) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _blob(value: Any, _: str) -> bytes | None:
    try:
        return base64.b64decode("".join(value.split()), validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        return None


def _instant(text: str, form: str) -> datetime | None:
    """An instant in the format named; one without a zone is meant as UTC."""
    if form == "unixtimestamp":
        return _json_instant(_number(text, ""), form)
    try:
        found = parsedate_to_datetime(text) if form == "rfc822" else datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _json_instant(value: Any, form: str) -> datetime | None:
    if form != "unixtimestamp":
        return _instant(value, form) if isinstance(value, str) else None
    seconds = _json_number(value, "")
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


_FROM_TEXT: dict[str, Callable[[Any, str], Any]] = {
    "string": _string,
    "character": _string,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "boolean": _boolean,
    "timestamp": _instant,
    "blob": _blob,
}
_FROM_JSON: dict[str, Callable[[Any, str], Any]] = {
    "string": _string,
    "character": _string,
    "integer": _json_integer,
    "long": _json_integer,
    "float": _json_number,
    "double": _json_number,
    "boolean": _json_boolean,
    "timestamp": _json_instant,
    "blob": _blob,
}
_EXPECTED = {
    "string": "Must be a string.",
    "character": "Must be a string.",
    "integer": "Must be an integer of 32 bits.",
    "long": "Must be an integer of 64 bits.",
    "float": "Must be a number.",
    "double": "Must be a number.",
    "boolean": "Must be true or false.",
    "timestamp": "Must be a point in time; in text, in ISO8601 format.",
    "blob": "Must be base64.",
}
