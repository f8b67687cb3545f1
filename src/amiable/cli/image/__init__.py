"""`amiable image`: list, show, pull, build, import and deregister images; a file a verb."""

import click

from amiable.cli.image.build import build
from amiable.cli.image.deregister import deregister
from amiable.cli.image.from_disk import import_disk
from amiable.cli.image.listing import list_
from amiable.cli.image.pull import pull
from amiable.cli.image.show import show


@click.group("image")
def command() -> None:
    """List, show, pull, build, import and deregister images."""


for _verb in (list_, show, pull, build, import_disk, deregister):
    command.add_command(_verb)
