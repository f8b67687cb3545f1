"""`amiable component`: check component documents, and run them on an instance; a file a verb."""

import click

from amiable.cli.component.run import run
from amiable.cli.component.validate import validate


@click.group("component")
def command() -> None:
    """Check and run component documents."""


for _verb in (validate, run):
    command.add_command(_verb)
