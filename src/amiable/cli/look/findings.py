"""Findings as people read them: a table, and why each matters."""

from collections.abc import Sequence
from typing import Any

import click

from amiable.cli.output import clean, print_table

SEVERITIES = ("critical", "high", "medium", "low", "info")


def show(
    findings: Sequence[dict[str, Any]], checks: Sequence[dict[str, Any]], nothing: str, *, explain: bool
) -> None:
    """Print findings, or `nothing`; with `explain`, what the checks behind them say."""
    columns = [
        ("Severity", lambda row: row["severity"]),
        ("Check", lambda row: row["check"]),
        ("Where", _place),
        ("What", lambda row: row["detail"]),
    ]
    print_table(findings, columns, nothing)
    named = {row["check"] for row in findings} if explain else ()
    for check in checks:
        if check["id"] in named:
            click.echo(f"\n{check['id']}: {check['title']}")
            for name in ("why", "remedy", "source"):
                click.echo(clean(f"  {name.title() + ':':8} {check[name]}"))


def _place(found: dict[str, Any]) -> str:
    if "file" in found:
        return f"{found['file']}:{found['line']}" if "line" in found else str(found["file"])
    return f"byte {found['offset']}" if "offset" in found else ""
