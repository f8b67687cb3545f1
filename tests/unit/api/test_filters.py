"""Filters of declared data mean what they mean of rows."""

from typing import Any

import pytest

from amiable.api.filters import among
from tests.helpers.api import refused

SHAPES: list[dict[str, Any]] = [
    {"Name": "one", "Flag": True, "Deep": {"Number": 1, "Words": ["a", "b"]}},
    {"Name": "tw*o", "Flag": False, "Deep": {"Number": 20, "Words": []}},
    {"Name": "[x]"},
]
MEMBERS = {"name": "Name", "flag": "Flag", "number": "Deep.Number", "word": "Deep.Words"}


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("name", ["one"], ["one"]),
        ("name", ["ONE"], []),
        ("name", ["o*", "tw\\*o"], ["one", "tw*o"]),
        ("name", ["tw?o"], ["tw*o"]),
        ("name", ["t\\*"], []),
        ("name", ["[x]"], ["[x]"]),
        ("name", ["[a-z]ne"], []),
        ("flag", ["true"], ["one"]),
        ("flag", ["false"], ["tw*o"]),
        ("number", ["1"], ["one"]),
        ("number", ["2*"], ["tw*o"]),
        ("word", ["b"], ["one"]),
        ("word", ["*"], ["one"]),
    ],
)
def test_among(name: str, values: list[str], expected: list[str]) -> None:
    found = among(SHAPES, MEMBERS, [{"Name": name, "Values": values}])
    assert [shape["Name"] for shape in found] == expected


def test_filters_are_anded() -> None:
    both = [{"Name": "name", "Values": ["*"]}, {"Name": "flag", "Values": ["true"]}]
    assert among(SHAPES, MEMBERS, both) == SHAPES[:1]
    assert among(SHAPES, MEMBERS, []) == among(SHAPES, MEMBERS, None) == SHAPES


def test_what_is_refused() -> None:
    with refused("InvalidParameterValue", "'colour'"):
        among(SHAPES, MEMBERS, [{"Name": "colour", "Values": ["red"]}])
    with refused("MissingParameter", "'name'"):
        among(SHAPES, MEMBERS, [{"Name": "name"}])
    with refused("FilterLimitExceeded"):
        among(SHAPES, MEMBERS, [{"Name": "name", "Values": ["x"] * 201}])
