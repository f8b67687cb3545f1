"""`amiable teardown`: end what a stopped server left running on this host."""

import click

from amiable import app
from amiable.cli.options import json_option, settings
from amiable.cli.output import print_json
from amiable.cli.progress import progress


@click.command("teardown")
@json_option
def command(as_json: bool) -> None:
    """End every machine and remove every network of this host.

    Images, snapshots and volumes stay; instances are `stopped` when the server starts again.
    """
    chosen = settings()
    with progress("Teardown") as tell:
        tell("ending machines, removing networks", None)
        ended = app.teardown(chosen) if chosen.data_dir.exists() else []
    if as_json:
        print_json({"InstanceId": instance_id} for instance_id in ended)
        return
    for instance_id in ended:
        click.echo(f"Ended {instance_id}")
    click.echo("No machine is running and no network is left." if ended else "No machine was running.")
