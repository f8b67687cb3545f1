"""`amiable build packages | report`: what was found inside the image of a build when it was made.

The record stays with the build, whatever becomes of its images.
"""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.image_build.naming import build_arn
from amiable.cli.look import findings, packages
from amiable.cli.look.asking import result
from amiable.cli.options import json_option
from amiable.cli.output import print_json
from amiable.core.errors import Conflict

Item = dict[str, Any]


def record_of(service: Any, arn: str) -> Item:
    """GetBuildRecord."""
    answer = service.get_build_record(ImageBuildVersionArn=arn)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def told(record: Item) -> list[tuple[str, object]]:
    """(what, value) of a record, for `show`."""
    if "Reason" in record:
        return [("Inside", f"not known: {record['Reason']}")]
    counts = record["Inspection"]["Counts"]
    named = [name for name in findings.SEVERITIES if counts.get(name) or name == "high"]
    hygiene = ", ".join(f"{counts.get(name, 0)} {name}" for name in named)
    return [("Packages", record["PackageCount"]), ("Hygiene", hygiene)]


def _recorded(service: Any, build: str) -> Item:
    """The completed inspection of a build. Raises Conflict."""
    record = record_of(service, build_arn(client("imagebuilder"), build))
    if record.get("Inspection", {}).get("State") != "completed":
        raise Conflict(f"Nothing is recorded of {build}: {record['Reason']}")
    inspection: Item = record["Inspection"]
    return inspection


@click.command("packages")
@click.argument("build")
@packages.form_option
@json_option
def list_packages(build: str, form: str | None, as_json: bool) -> None:
    """List the packages in the image of a build, or print its bill of materials."""
    service = client("amiable")
    inspection_id = _recorded(service, build)["InspectionId"]
    packages.show(service, inspection_id, form, as_json, f"No package database was found in {build}.")


@click.command("report")
@click.argument("build")
@click.option("--explain", is_flag=True, help="Say why each finding matters and what mends it.")
@json_option
def report(build: str, explain: bool, as_json: bool) -> None:
    """Print the findings in the image of a build, as `amiable scan` does."""
    service = client("amiable")
    found = result(service, _recorded(service, build))
    if as_json:
        print_json(found["findings"])
    else:
        findings.show(found["findings"], found["checks"], f"No findings in {build}.", explain=explain)
