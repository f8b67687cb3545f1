"""`amiable component validate`: whether documents can be run; every problem with its place."""

from pathlib import Path
from typing import Any

import click

from amiable.builder.document.parse import parse
from amiable.builder.document.source import Invalid
from amiable.cli.options import json_option
from amiable.cli.output import clean, print_json


@click.command("validate")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@json_option
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check documents, without running anything. Exit status 1 if one cannot be run."""
    found: list[dict[str, Any]] = []
    for file in files:
        try:
            document = parse(file.read_text(errors="replace"))
            found.append({"File": str(file), "Valid": True, "Type": document.kind, "Problems": []})
        except Invalid as invalid:
            problems = [
                {"Line": one.line, "Column": one.column, "Message": one.message} for one in invalid.problems
            ]
            found.append({"File": str(file), "Valid": False, "Type": None, "Problems": problems})
    if as_json:
        print_json(found)
    else:
        for item in found:
            if item["Valid"]:
                click.echo(f"{item['File']}: a valid {item['Type'].lower()} component")
            for problem in item["Problems"]:
                place = f"{item['File']}:{problem['Line']}:{problem['Column']}"
                click.echo(clean(f"{place}: {problem['Message']}"))
    if not all(item["Valid"] for item in found):
        raise SystemExit(1)
