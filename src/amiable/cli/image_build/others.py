"""`amiable build list | show | log | cancel | retry`: builds that are there."""

import secrets
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.image_build.follow import ended, follow, tell_end, written_so_far
from amiable.cli.image_build.naming import build_arn, builds
from amiable.cli.image_build.record import record_of, told
from amiable.cli.image_build.run import shape
from amiable.cli.options import json_option
from amiable.cli.output import print_details, print_json, print_table

_COLUMNS = (
    ("BUILD", lambda one: f"{one['name']}/{one['version']}"),
    ("STATE", lambda one: one["state"]["status"]),
    ("IMAGE", lambda one: next((ami["image"] for ami in one["outputResources"].get("amis", ())), None)),
    ("CREATED", lambda one: one["dateCreated"][:19].replace("T", " ") + "Z"),
    ("REASON", lambda one: one["state"].get("reason")),
)
_STEPS = (
    ("COMPONENT", lambda row: row["Name"]),
    ("PHASE", lambda row: row["Phase"]),
    ("STEP", lambda row: row["Step"]),
    ("STATUS", lambda row: row["Status"]),
    ("SECONDS", lambda row: row["Seconds"]),
    ("MESSAGE", lambda row: row.get("Message")),
)


@click.command("list")
@click.argument("name", required=False)
@json_option
def list_(name: str | None, as_json: bool) -> None:
    """Builds, oldest first; with NAME, those of one image."""
    found = builds(client("imagebuilder"), name)
    print_json(found) if as_json else print_table(found, _COLUMNS, "There are no builds.")


@click.command("show")
@click.argument("build")
@json_option
def show(build: str, as_json: bool) -> None:
    """What became of a build, and of each step of its components."""
    builder = client("imagebuilder")
    arn = build_arn(builder, build)
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    service = client("amiable")
    parts = service.get_build_components(ImageBuildVersionArn=arn)["Components"]
    record = record_of(service, arn)
    if as_json:
        print_json([shape(image, parts) | {"Record": record}])
        return
    facts = [("Build", arn), ("State", image["state"]["status"]), ("System", image.get("osVersion"))]
    print_details(facts + told(record))
    if ended(image):
        tell_end(image)
    steps: list[dict[str, Any]] = []
    for part in parts:
        reused = [{"Name": part["Name"], "Phase": "build", "Step": "", "Status": "Reused", "Seconds": 0}]
        steps += reused if part["Reused"] else []
        steps += [{"Name": part["Name"], **step} for step in part["Steps"]]
    print_table(steps, _STEPS, "No component has run.")


@click.command("log")
@click.argument("build")
@click.option("--follow/--no-follow", "to_end", default=True, help="Wait for what is still to come.")
def log(build: str, to_end: bool) -> None:
    """Write a build's log to standard error, until the build ends."""
    follow(client("amiable"), build_arn(client("imagebuilder"), build), to_end=to_end)


@click.command("cancel")
@click.argument("build")
def cancel(build: str) -> None:
    """End a build that is under way."""
    builder = client("imagebuilder")
    arn = build_arn(builder, build)
    builder.cancel_image_creation(imageBuildVersionArn=arn, clientToken=secrets.token_hex(16))
    click.echo(f"{arn} is being cancelled: its instances go.", err=True)


@click.command("retry")
@click.argument("build")
def retry(build: str) -> None:
    """Test and distribute the image of a failed build again, and follow that."""
    builder = client("imagebuilder")
    arn = build_arn(builder, build)
    service = client("amiable")
    position = written_so_far(service, arn)
    builder.retry_image(imageBuildVersionArn=arn, clientToken=secrets.token_hex(16))
    follow(service, arn, position=position)
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    tell_end(image)
    if image["state"]["status"] != "AVAILABLE":
        raise SystemExit(1)
