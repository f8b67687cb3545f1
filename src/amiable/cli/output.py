"""What people read and what programs read.

A table is columns two spaces apart, nothing cut off; on a terminal states have colours. JSON is a list of
objects in the shapes of the AWS API, instants as ISO strings.

Names, tags and descriptions come from other tenants, console output from guests: control characters in
them never reach the terminal.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from amiable.core import clock

Item = Mapping[str, Any]
Column = tuple[str, Callable[[Any], object]]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STYLES = {
    "green": ("available", "running", "completed", "✓"),
    "yellow": ("pending", "stopping", "shutting-down", "!"),
    "red": ("failed", "error", "✗"),
    "dim": ("stopped", "terminated", "deregistered", "-"),
}
_STYLE_OF = {word: style for style, words in _STYLES.items() for word in words}


def clean(text: str) -> str:
    """The text without what a terminal would obey; line feeds and tabs stay."""
    return _CONTROL.sub("\ufffd", text)


def cell(value: object) -> str:
    """One cell: instants to the second, truth as yes or no, nothing as a dash; one line."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return clock.iso(value)[:19].replace("T", " ") + "Z"
    return clean(str(value)).replace("\n", " ").replace("\t", " ")


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return clock.iso(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_json(items: Iterable[Item]) -> None:
    """A list of objects."""
    click.echo(json.dumps(list(items), indent=2, default=_json_value))


def print_table(items: Iterable[Item], columns: Sequence[Column], empty: str) -> None:
    """A row an item; the sentence `empty` (to standard error) when there is none."""
    rows = [[cell(value(item)) for _, value in columns] for item in items]
    if not rows:
        click.echo(empty, err=True)
        return
    _print_rows([title for title, _ in columns], rows)


def print_details(pairs: Iterable[tuple[str, object]]) -> None:
    """A line a property; what has no value is left out."""
    rows = [[name, cell(value)] for name, value in pairs if value not in (None, "")]
    _print_rows(None, rows)


def _print_rows(titles: list[str] | None, rows: list[list[str]]) -> None:
    """Columns as wide as they need: a narrow terminal wraps whole lines, and ids can still be copied."""
    lines = [titles, *rows] if titles else rows
    widths = [max(cell_len(row[position]) for row in lines) for position in range(len(lines[0]))]
    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        padded = [set_cell_size(*part) for part in zip(line, widths, strict=True)]
        styles = ["bold" if line is titles else _STYLE_OF.get(text, "") for text in line]
        text = Text("  ").join(map(Text, padded, styles))
        text.rstrip()
        console.print(text)
