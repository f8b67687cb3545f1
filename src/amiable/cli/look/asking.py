"""Start an inspection, wait for it, fetch what it found."""

import json
from collections.abc import Sequence
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.look.subject import subject
from amiable.cli.progress import progress
from amiable.core import clock
from amiable.core.errors import Conflict

EVERY = 0.3
FOUND = 3
"""The status of a command that found what it was told to look for."""
Item = dict[str, Any]


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


def inspected(service: Any, text: str, *, search: bool) -> Item:
    """The completed inspection of an image, snapshot or instance."""
    with subject(text) as resource:
        begun = service.inspect_image(ResourceId=resource, SearchBlocks=search)["Inspection"]
        return finished(service, begun, f"Inspecting {text}")


def report(text: str, *, search: bool, services: Sequence[str] | None = None) -> tuple[Item, Item]:
    """(the inspection, its result) of an image, snapshot or instance; `services` are those that may start."""
    service = client("amiable")
    ended = inspected(service, text, search=search)
    allowed = {} if services is None else {"AllowedServices": list(services)}
    return ended, result(service, ended, **allowed)


def result(service: Any, inspection: Item, **more: Any) -> Item:
    """What a completed inspection found; `more` are further parameters of the question."""
    answer = service.get_inspection_report(InspectionId=inspection["InspectionId"], **more)
    return dict(json.loads(answer["Report"]))


def cost(inspection: Item) -> None:
    """Say on standard error what it took."""
    mib = inspection.get("BytesRead", 0) / 2**20
    click.echo(f"{inspection.get('Seconds', 0):.1f} s, {mib:,.0f} MiB read of the store", err=True)
