"""`amiable scan`: the hygiene report of an image, for people and for CI."""

import importlib.metadata
import json
from pathlib import Path
from typing import Any, TextIO

import click

from amiable.cli.client import client
from amiable.cli.look.asking import FOUND, cost, report
from amiable.cli.look.findings import SEVERITIES, show
from amiable.cli.look.sarif import sarif
from amiable.cli.look.subject import is_instance
from amiable.cli.options import json_option
from amiable.cli.output import print_json


@click.command("scan")
@click.argument("image")
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    default="high",
    show_default=True,
    help="Status 3 for findings of this severity or worse.",
)
@click.option(
    "--at-least",
    type=click.Choice(SEVERITIES),
    default="info",
    show_default=True,
    help="Show findings of this severity or worse.",
)
@click.option(
    "--blocks/--no-blocks", default=True, help="Search free space and journals too.  [default: blocks]"
)
@click.option("--explain", is_flag=True, help="Say why each matters and what mends it.")
@click.option(
    "--sarif", "sarif_file", type=click.Path(dir_okay=False, path_type=Path), help="Write SARIF here."
)
@click.option(
    "--services",
    type=click.File(),
    help="Units that may start by themselves, one a line, * allowed; others are findings (medium).",
)
@click.option("--accept", metavar="REASON", help="Let it be shared in spite of its findings; kept on record.")
@json_option
def command(
    image: str,
    fail_on: str,
    at_least: str,
    blocks: bool,
    explain: bool,
    sarif_file: Path | None,
    services: TextIO | None,
    accept: str | None,
    as_json: bool,
) -> None:
    """Look for what an image should not hold: secrets, logins, identities, left-overs.

    IMAGE is an image by id or name, a snapshot by id, or an instance by id: all its volumes, and the rules of
    its security groups. Nothing of it is booted, mounted or run.
    """
    if accept and (not blocks or is_instance(image)):
        raise click.UsageError("--accept needs an image or snapshot, and the search of blocks.")
    inspection, found = report(
        image, search=blocks, services=None if services is None else _patterns(services)
    )
    if is_instance(image):
        _add_review(found, image)
    shown = [row for row in found["findings"] if _counts(row, at_least)]
    if sarif_file is not None:
        version = importlib.metadata.version("amiable")
        sarif_file.write_text(json.dumps(sarif(image, version, found["checks"], shown), indent=2) + "\n")
    if as_json:
        print_json(shown)
    else:
        show(shown, found["checks"], f"No findings in {image}.", explain=explain)
        cost(inspection)
    if accept:
        client("amiable").accept_findings(InspectionId=inspection["InspectionId"], Reason=accept)
    if any(_counts(row, fail_on) for row in found["findings"]):
        raise SystemExit(FOUND)


def _counts(row: dict[str, Any], severity: str) -> bool:
    return severity != "never" and SEVERITIES.index(row["severity"]) <= SEVERITIES.index(severity)


def _patterns(listed: TextIO) -> list[str]:
    """The lines of a file of services, without blank lines and comments."""
    lines = [line.strip() for line in listed]
    return [line for line in lines if line and not line.startswith("#")]


def _add_review(found: dict[str, Any], instance_id: str) -> None:
    """Add what the instance's security groups let in."""
    answer = client("amiable").get_security_group_review(InstanceId=instance_id)
    review = json.loads(answer["Review"])
    found["findings"] += review["findings"]
    found["findings"].sort(key=lambda row: SEVERITIES.index(row["severity"]))
    found["checks"] += review["checks"]
