"""`amiable diff`: what differs between two images, snapshots or instances."""

from typing import Any

import click

from amiable.cli.look import differences
from amiable.cli.look.subject import subject


@click.command("diff")
@click.argument("before")
@click.argument("after")
@differences.options
def command(before: str, after: str, **shown: Any) -> None:
    """Show what differs: packages, accounts, services, files, lines of configuration.

    BEFORE and AFTER are images by id or name, or snapshots or instances by id. Blocks that both have are
    not read.
    """
    title = f"Comparing {before} and {after}"
    with subject(before) as first, subject(after) as second:
        differences.compare(first, second, title, differences.Shown(**shown))
