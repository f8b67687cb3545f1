"""Dicts to XML: the answers of the ec2 and query protocols.

Text is put together along a plan that is compiled once per operation: a structure is a table from member
to its tags and its writer. 1,000 images take tens of milliseconds; an element tree would take ten times that.

Members that are None are left out; an empty list is an empty element, as clients expect of `<tagSet/>`.
Characters that XML 1.0 has no form for become U+FFFD.
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import Shape

from amiable.core import clock
from amiable.protocol import models

Put = Callable[[str], None]
Writer = Callable[[Any, Put], None]
Text = Callable[[Any], str]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(value: str) -> str:
    """Text as the content of an element."""
    if _SPECIAL.search(value) is None:
        return value
    # A bare carriage return would be read as a line feed (XML 1.0, 2.11).
    return escape(_IMPOSSIBLE.sub("\ufffd", value), {"\r": "&#xD;"})


def namespace_of(service: str) -> str:
    """The XML namespace of a service's answers. EC2's ends in a slash: Libcloud finds elements by it."""
    space = str(models.service_model(service).metadata.get("xmlNamespace", ""))
    return space.rstrip("/") + "/"


def render_xml(service: str, operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a successful answer."""
    parts: list[str] = []
    put = parts.append
    put(f'{_DECLARATION}<{operation}Response xmlns="{namespace_of(service)}">')
    wrapper, writer = _output(service, operation)
    if models.protocol_of(service) == "ec2":
        put(f"<requestId>{request_id}</requestId>")
        if writer is None:
            # What EC2 says where the model has no output; older clients look for it.
            put("<return>true</return>")
        else:
            writer(result, put)
    else:
        if writer is not None:
            put(f"<{wrapper}>")
            writer(result, put)
            put(f"</{wrapper}>")
        put(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>")
    put(f"</{operation}Response>")
    return "".join(parts).encode()


@cache
def _output(service: str, operation: str) -> tuple[str, Writer | None]:
    """The result wrapper (query) and the writer of an operation's output."""
    shape = models.operation_model(service, operation).output_shape
    if shape is None:
        return "", None
    unnamed = "item" if models.protocol_of(service) == "ec2" else "member"
    return shape.serialization.get("resultWrapper", f"{operation}Result"), _writer(shape, {}, unnamed)


def _writer(shape: Shape, known: dict[tuple[str, str], Writer], unnamed: str) -> Writer:
    """The writer of a shape's content. `known` ties the knots of recursive shapes; `unnamed` is the tag of
    list elements that the model does not name.
    """
    key = models.shape_key(shape)
    if key in known:
        return known[key]
    if shape.type_name == "structure":
        table: dict[str, tuple[str, str, Text | None, Writer]] = {}
        known[key] = _structure(shape.name, table)
        for member, inner in shape.members.items():
            tag = inner.serialization.get("name", member)
            table[member] = (
                f"<{tag}>",
                f"</{tag}>",
                _TEXTS.get(inner.type_name),
                _writer(inner, known, unnamed),
            )
    elif shape.type_name == "list":
        tag = shape.member.serialization.get("name", unnamed)
        known[key] = _list(tag, _writer(shape.member, known, unnamed))
    elif shape.type_name == "map":
        known[key] = _map(_writer(shape.key, known, unnamed), _writer(shape.value, known, unnamed))
    else:
        known[key] = _scalar(shape)
    return known[key]


def _structure(name: str, table: dict[str, tuple[str, str, Text | None, Writer]]) -> Writer:
    def write(value: Any, put: Put) -> None:
        for member, item in value.items():
            if item is None:
                continue
            row = table.get(member)
            if row is None:
                raise TypeError(f"{name} has no member {member}")
            opening, closing, text, writer = row
            if text is not None:
                put(f"{opening}{text(item)}{closing}")
            else:
                put(opening)
                writer(item, put)
                put(closing)

    return write


def _list(tag: str, writer: Writer) -> Writer:
    opening, closing = f"<{tag}>", f"</{tag}>"

    def write(value: Any, put: Put) -> None:
        for item in value:
            put(opening)
            writer(item, put)
            put(closing)

    return write


def _map(key: Writer, item: Writer) -> Writer:
    def write(value: Any, put: Put) -> None:
        for name, inner in value.items():
            put("<entry><key>")
            key(name, put)
            put("</key><value>")
            item(inner, put)
            put("</value></entry>")

    return write


def _scalar(shape: Shape) -> Writer:
    text = _TEXTS[shape.type_name]
    return lambda value, put: put(text(value))


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _integer(value: int) -> str:
    return f"{value:d}"


def _float(value: float) -> str:
    return repr(float(value))


def _timestamp(value: datetime) -> str:
    return clock.iso(value)


def _blob(value: bytes) -> str:
    return base64.b64encode(value).decode()


_TEXTS: dict[str, Text] = {
    "string": xml_text,
    "character": xml_text,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "timestamp": _timestamp,
    "blob": _blob,
}
