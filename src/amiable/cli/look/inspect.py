"""`amiable inspect`: what an image holds, as a person would describe it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import click

from amiable.cli.look.asking import cost, report
from amiable.cli.options import json_option
from amiable.cli.output import cell, print_details, print_json

MOST = 25
"""Rows of a section."""


@click.command("inspect")
@click.argument("image")
@json_option
def command(image: str, as_json: bool) -> None:
    """Say what an image captures: system, disks, services, users, network, jobs, findings.

    IMAGE is an image by id or name, a snapshot by id, or an instance by id.
    """
    inspection, found = report(image, search=False)
    if as_json:
        print_json([found])
        return
    network, files = found.get("network", {}), found.get("files", {})
    kinds = Counter(row["type"] for row in found["packages"])
    worst = Counter(row["severity"] for row in found["findings"])
    print_details(
        [
            ("System", found["os"]["name"]),
            ("Kernels", ", ".join(found["kernels"])),
            ("Packages", ", ".join(f"{count} {kind}" for kind, count in kinds.items())),
            ("Files", f"{files['files']:,} with {files['bytes']:,} bytes" if files else ""),
            ("Host name", network.get("host_name")),
            ("DNS", ", ".join(network.get("dns", ()))),
            ("Firewall", ", ".join(network.get("firewalls", ())) or "none configured"),
            ("Findings", ", ".join(f"{count} {name}" for name, count in worst.items()) or "none"),
        ]
    )
    people = [row for row in found["users"] if row["uid"] == 0 or 1000 <= row["uid"] < 60000]
    _section("Volumes", (_volume(row) for row in found["volumes"]))
    _section("Services that start by themselves", _units(found["services"]))
    _section("Ports", (f"{row['port']}  {row['program']}  ({row['file']})" for row in found["ports"]))
    _section("People", (f"{row['name']}  {row['home']}  password {row['password']}" for row in people))
    _section("Groups with members", _groups(found["groups"]))
    _section(
        "Keys that may log in", (f"{row['file']}: {row['keys']}" for row in found.get("authorized_keys", ()))
    )
    _section("Interfaces are configured in", network.get("files", ()))
    _section(
        "Environment variables", (f"{row['name']}  ({row['file']})" for row in found.get("environment", ()))
    )
    _section("Jobs by the clock", (f"{row['where']}: {row['what']}" for row in found["jobs"]))
    _section("What could not be read", found["trouble"])
    cost(inspection)


def _volume(row: dict[str, Any]) -> str:
    label = f" {row['label']!r}" if row["label"] else ""
    place = f" on {row['mounted']}" if row["mounted"] else ""
    return f"{row['name']}  {row['size'] / 2**20:,.0f} MiB  {row['kind']}{label}{place}  {row['note']}"


def _units(services: list[dict[str, Any]]) -> Iterable[str]:
    return dict.fromkeys(f"{row['unit']}{'  (your own)' if row['own'] else ''}" for row in services)


def _groups(groups: list[dict[str, Any]]) -> Iterable[str]:
    return (f"{row['name']}: {', '.join(row['members'])}" for row in groups if row["members"])


def _section(title: str, lines: Iterable[str]) -> None:
    rows = list(lines)
    if rows:
        click.echo(f"\n{title}")
        for line in rows[:MOST]:
            click.echo(f"  {cell(line)}".rstrip())
        if len(rows) > MOST:
            click.echo(f"  … and {len(rows) - MOST} more; --json has them all")
