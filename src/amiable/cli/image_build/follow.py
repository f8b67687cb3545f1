"""A build's log while it is written, and how the build ended.

== BUILD
build      web-page/build/s0| the line
"""

from typing import Any

import click

from amiable.cli.output import clean, print_details, print_table
from amiable.core import clock

PAUSES = (0.1, 0.5)
"""Seconds between looks: the first after a line was written, and the longest that they grow to."""
LAST_LINES = 10
_AMIS = (
    ("REGION", lambda ami: ami["region"]),
    ("ACCOUNT", lambda ami: ami["accountId"]),
    ("IMAGE", lambda ami: ami["image"]),
    ("NAME", lambda ami: ami["name"]),
)


def follow(service: Any, arn: str, *, to_end: bool = True, position: int = 0) -> None:
    """Write the log's lines from a position on to standard error: what there is, or until the build's end."""
    stage, pause = "", PAUSES[0]
    while True:
        answer = service.get_build_log(ImageBuildVersionArn=arn, Position=position)
        for line in answer["Lines"]:
            if line["Workflow"] and line["Workflow"] != stage:
                stage = line["Workflow"]
                click.secho(f"== {stage}", err=True, bold=True)
            click.echo(clean(_written(line)), err=True)
        position = answer["Position"]
        if answer["Ended"] or not (answer["Lines"] or to_end):
            return
        if answer["Lines"]:
            pause = PAUSES[0]
        else:
            clock.sleep(pause)
            pause = min(1.5 * pause, PAUSES[1])


def written_so_far(service: Any, arn: str) -> int:
    """The position behind what the log has now."""
    position = 0
    while (answer := service.get_build_log(ImageBuildVersionArn=arn, Position=position))["Lines"]:
        position = answer["Position"]
    return position


def _written(line: dict[str, Any]) -> str:
    place = line["Component"] or line["Step"]
    return f"{place}| {line['Text']}" if place else line["Text"]


def ended(image: dict[str, Any]) -> bool:
    """Whether a build is at its end."""
    return image["state"]["status"] not in (
        "PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING",
    )  # fmt: skip


def tell_end(image: dict[str, Any]) -> None:
    """Say how a build ended: where its images are, or which component, phase and step failed, and how."""
    state = image["state"]
    if state["status"] == "AVAILABLE":
        if reason := state.get("reason"):
            click.echo(clean(reason), err=True)
        print_table(image["outputResources"].get("amis", ()), _AMIS, "It has no image.")
        return
    print_details(failure_of(image))


def failure_of(image: dict[str, Any]) -> list[tuple[str, object]]:
    """(what, value) of the end of a build that has no image."""
    state = image["state"]
    context = state.get("failureContext") or {}
    component = context.get("componentFailure") or {}
    lines = str(component.get("errorMessage") or "").splitlines()
    told: list[tuple[str, object]] = [
        ("State", state["status"]),
        ("Reason", state.get("reason")),
        ("Stage", context.get("imageStatus")),
        ("Workflow step", context.get("failedStep")),
        ("Component", component.get("componentArn")),
        ("Phase", component.get("phaseName")),
        ("Step", component.get("stepName")),
        ("Action", component.get("action")),
    ]
    return told + [("" if number else "Last lines", line) for number, line in enumerate(lines[-LAST_LINES:])]
