"""What diff and drift have in common: their options, the comparison, what they print."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from amiable.cli.client import client
from amiable.cli.look.asking import FOUND, cost, finished, result
from amiable.cli.options import json_option
from amiable.cli.output import cell, clean, print_json

Item = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])
_SIGNS = {"added": "+", "removed": "-"}
_NOUNS = {"content": "changed", "metadata": "owner or mode", "kind": "another kind"}
MOST = 200
"""Files that are listed."""


@dataclass(frozen=True)
class Shown:
    """How to show a difference."""

    everything: bool
    hunks: bool
    exit_code: bool
    as_json: bool


def options(function: F) -> F:
    """The parameters of `Shown`."""
    for option in (
        json_option,
        click.option("--exit-code", is_flag=True, help="Status 3 when something differs."),
        click.option(
            "--hunks/--no-hunks", default=True, help="Show changed lines of configuration.  [default: hunks]"
        ),
        click.option(
            "--all", "everything", is_flag=True, help="Show logs, caches and other run-time noise too."
        ),
    ):
        function = option(function)
    return function


def compare(before: str, after: str, title: str, shown: Shown) -> None:
    """Compare two images or snapshots by id and print what differs; the status is 3 if asked for."""
    service = client("amiable")
    begun = service.diff_images(ResourceId=before, OtherResourceId=after)["Inspection"]
    done = finished(service, begun, title)
    whole = result(service, done)
    found = whole if shown.everything else quiet(whole)
    if shown.as_json:
        print_json([found])
    else:
        show(found, len(whole["files"]) - len(found["files"]), hunks=shown.hunks)
        cost(done)
    if shown.exit_code and any_difference(found):
        raise SystemExit(FOUND)


def quiet(found: Item) -> Item:
    """The difference without run-time noise."""
    rows = [row for row in found["files"] if not row.get("noise")]
    loud = {row["path"] for row in rows}
    return found | {"files": rows, "hunks": [row for row in found["hunks"] if row["path"] in loud]}


def any_difference(found: Item) -> bool:
    """Whether anything differs."""
    return any(found[name] for name in ("packages", "users", "groups", "services", "files"))


def show(found: Item, folded: int, *, hunks: bool) -> None:
    """Print it: named things, files by size, lines of configuration."""
    before, after = (found.get("release") or ["", ""])[:2]
    if before != after:
        click.echo(f"System: {cell(before)} → {cell(after)}")
    for name in ("kernels", "packages", "users", "groups", "services"):
        _named(name.title(), found[name])
    _files(found["files"])
    if hunks:
        for row in found["hunks"]:
            click.echo(f"\n{clean(row['text'])}")
    blocks = found.get("blocks", {})
    if "changed" in blocks:
        mib = blocks["changed"] * blocks["size"] / 2**20
        click.echo(f"\n{blocks['changed']} of {blocks['used']} blocks differ ({mib:,.1f} MiB).")
    if folded:
        click.echo(f"{folded} changes that every machine makes by itself are not shown: --all")
    for sentence in found["trouble"]:
        click.echo(clean(f"Note: {sentence}"), err=True)


def _named(title: str, rows: Iterable[Item]) -> None:
    lines = [_line(row) for row in rows]
    if lines:
        click.echo(f"\n{title}")
        for line in lines:
            click.echo(f"  {cell(line)}")


def _line(row: Item) -> str:
    if row["change"] == "changed":
        return f"~ {row['name']}  {row['before']} → {row['after']}"
    return f"{_SIGNS[row['change']]} {row['name']}  {row.get('after') or row.get('before') or ''}"


def _files(rows: list[Item]) -> None:
    if not rows:
        return
    click.echo("\nFiles")
    for row in sorted(rows, key=_growth, reverse=True)[:MOST]:
        click.echo(f"  {cell(_file(row))}")
    if len(rows) > MOST:
        click.echo(f"  … and {len(rows) - MOST} more; --json has them")


def _growth(row: Item) -> int:
    before, after = ((row[side] or {}).get("size", 0) for side in ("before", "after"))
    return abs(after - before) or (after if row["change"] == "content" else 0)


def _file(row: Item) -> str:
    before, after = row["before"], row["after"]
    sign = _SIGNS.get(row["change"], "~")
    if before is None or after is None:
        return f"{sign} {row['path']}  {(before or after)['size']:,} bytes"
    said = [_NOUNS[row["change"]]]
    if before["size"] != after["size"]:
        said.append(f"{before['size']:,} → {after['size']:,} bytes")
    for name in ("kind", "mode", "uid", "gid"):
        if before[name] != after[name]:
            said.append(f"{name} {before[name]} → {after[name]}")
    return f"{sign} {row['path']}  {', '.join(said)}"
