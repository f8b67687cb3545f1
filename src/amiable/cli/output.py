"""What people read and what programs read.

On a terminal a table has a heading line and states have colours; elsewhere it is plain columns, two spaces
apart, nothing cut off. JSON is a list of objects in the shapes of the AWS API, instants as ISO strings.

Names, tags and descriptions come from other tenants, console output from guests: control characters in
them never reach the terminal.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amiable.core import clock

Item = Mapping[str, Any]
Column = tuple[str, Callable[[Any], object]]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STYLES = {
    "green": ("available", "running", "completed", "✓"),
    "yellow": ("pending", "stopping", "shutting-down"),
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
    if not sys.stdout.isatty():
        for line in _plain([titles, *rows] if titles else rows):
            click.echo(line)
        return
    table = Table(
        box=None, show_header=titles is not None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0)
    )
    for position in range(len(rows[0])):
        # Ids and states are what one copies: the last column gives way first.
        last = position == len(rows[0]) - 1
        table.add_column(titles[position] if titles else "", overflow="fold", no_wrap=not last)
    for row in rows:
        table.add_row(*(Text(text, style=_STYLE_OF.get(text, "")) for text in row))
    Console().print(table)


def _plain(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[position]) for row in rows) for position in range(len(rows[0]))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
