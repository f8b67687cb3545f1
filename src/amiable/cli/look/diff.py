"""`amiable diff`: what differs between two images or snapshots."""

import click

from amiable.cli.client import client
from amiable.cli.look import differences
from amiable.cli.look.asking import FOUND, cost, finished, resource_id, result
from amiable.cli.options import json_option
from amiable.cli.output import print_json


@click.command("diff")
@click.argument("before")
@click.argument("after")
@click.option("--all", "everything", is_flag=True, help="Show logs, caches and other run-time noise too.")
@click.option(
    "--hunks/--no-hunks", default=True, help="Show changed lines of configuration.  [default: hunks]"
)
@click.option("--exit-code", is_flag=True, help="Status 3 when something differs.")
@json_option
def command(before: str, after: str, everything: bool, hunks: bool, exit_code: bool, as_json: bool) -> None:
    """Show what differs: packages, accounts, services, files, lines of configuration.

    BEFORE and AFTER are images by id or name, or snapshots by id. Blocks that both have are not read.
    """
    service = client("amiable")
    request = {"ResourceId": resource_id(before), "OtherResourceId": resource_id(after)}
    begun = service.diff_images(**request)["Inspection"]
    done = finished(service, begun, f"Comparing {before} and {after}")
    whole = result(service, done)
    found = whole if everything else differences.quiet(whole)
    if as_json:
        print_json([found])
    else:
        differences.show(found, len(whole["files"]) - len(found["files"]), hunks=hunks)
        cost(done)
    if exit_code and differences.any_difference(found):
        raise SystemExit(FOUND)
