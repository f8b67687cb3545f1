"""`amiable diff`: what differs between two images or snapshots."""

from typing import Any

import click

from amiable.cli.look import differences
from amiable.cli.look.asking import resource_id


@click.command("diff")
@click.argument("before")
@click.argument("after")
@differences.options
def command(before: str, after: str, **shown: Any) -> None:
    """Show what differs: packages, accounts, services, files, lines of configuration.

    BEFORE and AFTER are images by id or name, or snapshots by id. Blocks that both have are not read.
    """
    title = f"Comparing {before} and {after}"
    differences.compare(resource_id(before), resource_id(after), title, differences.Shown(**shown))
