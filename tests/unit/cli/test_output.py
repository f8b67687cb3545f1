"""Cells, plain tables, JSON."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiable.cli.output import cell, clean, print_details, print_json, print_table

INSTANT = datetime(2026, 11, 23, 7, 30, 5, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("", "-"),
        (0, "0"),
        (True, "yes"),
        (False, "no"),
        (INSTANT, "2026-11-23 07:30:05Z"),
        ("two\nlines", "two lines"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("naïve ✓ 名", "naïve ✓ 名"),
    ],
)
def test_a_cell(value: object, shown: str) -> None:
    assert cell(value) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    left = clean(text)
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in left)
    assert not any(0x7F <= ord(letter) <= 0x9F for letter in left)
    assert len(left) == len(text)


def test_a_table_elsewhere_than_on_a_terminal_is_plain_and_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{"id": "i-1", "name": "x" * 200}, {"id": "i-12345", "name": None}]
    print_table(rows, [("ID", lambda row: row["id"]), ("NAME", lambda row: row["name"])], "none")
    assert capsys.readouterr().out.splitlines() == ["ID       NAME", f"i-1      {'x' * 200}", "i-12345  -"]


def test_an_empty_table_says_so_beside_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([], [("ID", str)], "No image.")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "No image.\n")


def test_details_leave_out_what_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    print_details([("Name", "web"), ("Reason", None), ("Description", ""), ("Public", False)])
    assert capsys.readouterr().out.splitlines() == ["Name    web", "Public  no"]


def test_json_is_a_list_with_instants_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(item for item in [{"at": INSTANT, "n": 1, "none": None}])
    assert json.loads(capsys.readouterr().out) == [{"at": "2026-11-23T07:30:05.123Z", "n": 1, "none": None}]


def test_json_refuses_what_it_has_no_form_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        print_json([{"x": object()}])
