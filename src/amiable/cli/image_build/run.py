"""`amiable build RECIPE.yaml`: build the image that a file describes, and follow it to its end.

What the file needs is made through Image Builder's API where it differs from what is there, and the same
engine builds as for a pipeline. Exit status: 0 the image is available, 1 it failed or the file is wrong.
"""

import secrets
from pathlib import Path
from typing import Any

import click

from amiable.builder.junit import junit
from amiable.cli.client import client
from amiable.cli.image_build.file import load
from amiable.cli.image_build.follow import follow, tell_end
from amiable.cli.image_build.resources import Resources
from amiable.cli.options import json_option
from amiable.cli.output import print_json

NO_CACHE = {"amiable-cache": "never"}
"""The tag of a build that uses no cache, and leaves nothing in it."""


@click.command("run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--no-cache", is_flag=True, help="Run every component, and keep no disks.")
@click.option("--keep", is_flag=True, help="Keep the instance if the build fails.")
@click.option("--detach", is_flag=True, help="Print the build's ARN and end; it goes on.")
@click.option(
    "--junit", "report", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit report."
)
@json_option
def run(file: Path, no_cache: bool, keep: bool, detach: bool, report: Path | None, as_json: bool) -> None:
    """Build the image that a recipe file describes."""
    if detach and report is not None:
        raise click.UsageError("--junit needs the build's end: leave --detach out.")
    recipe = load(file)
    builder, service = client("imagebuilder"), client("amiable")
    account_id = client("sts").get_caller_identity()["Account"]
    resources = Resources(builder, client("ec2"), account_id)
    request = resources.request(recipe, keep=keep)
    for made in resources.made:
        click.echo(f"Made {made}", err=True)
    if no_cache:
        request["tags"] = NO_CACHE
    arn = builder.create_image(clientToken=secrets.token_hex(16), **request)["imageBuildVersionArn"]
    if detach:
        print_json([{"ImageBuildVersionArn": arn}]) if as_json else click.echo(arn)
        return
    click.echo(f"Building {arn}", err=True)
    try:
        follow(service, arn)
    except KeyboardInterrupt:
        click.echo(
            f"\nThe build goes on. Follow it: amiable build log {arn}   End it: amiable build cancel {arn}",
            err=True,
        )
        raise SystemExit(130) from None
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    parts = service.get_build_components(ImageBuildVersionArn=arn)["Components"]
    if report is not None:
        report.write_bytes(junit(image["name"], rows(image, parts)))
    if as_json:
        print_json([shape(image, parts)])
    else:
        tell_end(image)
    if image["state"]["status"] != "AVAILABLE":
        if image["state"]["status"] == "FAILED":
            click.echo(f"Look at its disk: amiable build debug {arn}", err=True)
        raise SystemExit(1)


def rows(image: dict[str, Any], parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a step of a component, as a report has them; and one for what else failed or was cancelled."""
    found = [{**step, "Phase": f"{part['Name']}.{step['Phase']}"} for part in parts for step in part["Steps"]]
    state = image["state"]
    if state["status"] != "AVAILABLE" and not any(row["Status"] == "Failed" for row in found):
        step = (state.get("failureContext") or {}).get("failedStep") or "build"
        reason = state.get("reason") or state["status"]
        found.append({"Phase": "workflow", "Step": step, "Status": "Failed", "Seconds": 0, "Message": reason})
    return found


def shape(image: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """A build with its components."""
    state = image["state"]
    return {
        "ImageBuildVersionArn": image["arn"],
        "Name": image["name"],
        "Version": image["version"],
        "State": state["status"],
        "Reason": state.get("reason"),
        "FailureContext": state.get("failureContext"),
        "Images": image["outputResources"].get("amis", []),
        "Components": parts,
    }
