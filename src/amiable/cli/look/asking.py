"""Start an inspection, wait for it, fetch what it found."""

import json
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.progress import progress
from amiable.core import clock, ids
from amiable.core.errors import Conflict

EVERY = 0.3
FOUND = 3
"""The status of a command that found what it was told to look for."""
Item = dict[str, Any]


def resource_id(text: str) -> str:
    """The id of a snapshot given by id, or of an image given by id or name."""
    return text if ids.is_id("snap", text) else image_id(client("ec2"), text)


def finished(service: Any, inspection: Item, title: str) -> Item:
    """The inspection once it has ended. Raises Conflict when it failed."""
    with progress(title) as tell:
        while inspection["State"] == "pending":
            tell("looking", None)
            clock.sleep(EVERY)
            answer = service.describe_inspections(InspectionIds=[inspection["InspectionId"]])
            (inspection,) = answer["Inspections"]
    if inspection["State"] != "completed":
        raise Conflict(f"The inspection failed: {inspection.get('StateMessage', 'no reason given')}")
    return inspection


def report(text: str, *, search: bool) -> tuple[Item, Item]:
    """(the inspection, its result) of an image or snapshot."""
    service = client("amiable")
    begun = service.inspect_image(ResourceId=resource_id(text), SearchBlocks=search)["Inspection"]
    ended = finished(service, begun, f"Inspecting {text}")
    return ended, result(service, ended)


def result(service: Any, inspection: Item) -> Item:
    """What a completed inspection found."""
    answer = service.get_inspection_report(InspectionId=inspection["InspectionId"])
    return dict(json.loads(answer["Report"]))


def cost(inspection: Item) -> None:
    """Say on standard error what it took."""
    mib = inspection.get("BytesRead", 0) / 2**20
    click.echo(f"{inspection.get('Seconds', 0):.1f} s, {mib:,.0f} MiB read of the store", err=True)
