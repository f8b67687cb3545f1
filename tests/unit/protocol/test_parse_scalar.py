"""Single values: what is accepted, what is refused, by type."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import Shape

from amiable.protocol.faults import Fault
from amiable.protocol.parse_scalar import json_reader, text_reader

MOMENT = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def shape(kind: str, timestamp_format: str | None = None) -> Shape:
    return Shape("S", {"type": kind} | ({"timestampFormat": timestamp_format} if timestamp_format else {}))


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("string", "", ""),
        ("string", "a\tb\r\nc é✓😀", "a\tb\r\nc é✓😀"),
        ("integer", "-2147483648", -(2**31)),
        ("integer", "+007", 7),
        ("long", "9223372036854775807", 2**63 - 1),
        ("double", "-1.5e-3", -0.0015),
        ("float", ".5", 0.5),
        ("float", "5.", 5.0),
        ("boolean", "TRUE", True),
        ("boolean", "false", False),
        ("blob", "AP8=", b"\0\xff"),
        ("blob", "AP\r\n 8=", b"\0\xff"),
        ("blob", "", b""),
        ("timestamp", "2026-11-23T07:30:00Z", MOMENT),
        ("timestamp", "2026-11-23T07:30:00.000Z", MOMENT),
        ("timestamp", "2026-11-23T08:30:00+01:00", MOMENT),
        ("timestamp", "2026-11-23T07:30:00", MOMENT),
        ("timestamp", "20261123T073000Z", MOMENT),
    ],
)
def test_text(kind: str, text: str, wanted: Any) -> None:
    found = text_reader("ec2", shape(kind))(text, "P")
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("string", "\x0b"),
        ("string", "\ufffe"),
        ("integer", ""),
        ("integer", " 1"),
        ("integer", "1.0"),
        ("integer", "0x10"),
        ("integer", "2147483648"),
        ("integer", "9" * 5000),
        ("long", "9223372036854775808"),
        ("double", "nan"),
        ("double", "Infinity"),
        ("double", "1e999"),
        ("double", "1_0"),
        ("double", "١"),
        ("boolean", "yes"),
        ("boolean", "1"),
        ("boolean", ""),
        ("blob", "A"),
        ("blob", "é==="),
        ("blob", "-_=="),
        ("timestamp", ""),
        ("timestamp", "now"),
        ("timestamp", "1795419000"),
        ("timestamp", "2026-13-01T00:00:00Z"),
        ("timestamp", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_text_refused(kind: str, text: str) -> None:
    with pytest.raises(Fault) as caught:
        text_reader("ec2", shape(kind))(text, "Some.1.Path")
    assert caught.value.code == "InvalidParameterValue"
    assert "for parameter Some.1.Path is invalid." in caught.value.message
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("rfc822", "Mon, 23 Nov 2026 07:30:00 GMT"),
        ("rfc822", "Mon, 23 Nov 2026 08:30:00 +0100"),
        ("rfc822", "Mon, 23 Nov 2026 07:30:00 -0000"),
        ("unixTimestamp", "1795419000"),
        ("unixTimestamp", "1795419000.0"),
        ("iso8601", "2026-11-23T07:30:00Z"),
    ],
)
def test_timestamp_formats(form: str, text: str) -> None:
    assert text_reader("rest-json", shape("timestamp", form))(text, "P") == MOMENT


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("string", "a\x0bb", "a\x0bb"),
        ("integer", 7, 7),
        ("double", 7, 7.0),
        ("boolean", False, False),
        ("blob", "AP8=", b"\0\xff"),
        ("timestamp", 1795419000, MOMENT),
        ("timestamp", 1795419000.0, MOMENT),
    ],
)
def test_json(kind: str, value: Any, wanted: Any) -> None:
    found = json_reader("json", shape(kind))(value, "P")
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 1),
        ("string", "\0"),
        ("string", "\ud800"),
        ("integer", "7"),
        ("integer", 7.0),
        ("integer", True),
        ("integer", 2**31),
        ("double", "7"),
        ("double", True),
        ("double", 10**400),
        ("boolean", 1),
        ("boolean", "true"),
        ("blob", 1),
        ("blob", "é"),
        ("timestamp", "2026-11-23T07:30:00Z"),
        ("timestamp", True),
        ("timestamp", 1e300),
        ("timestamp", 10**400),
        ("timestamp", [1]),
    ],
)
def test_json_refused(kind: str, value: Any) -> None:
    with pytest.raises(Fault) as caught:
        json_reader("json", shape(kind))(value, "P")
    assert caught.value.code == "SerializationException"
