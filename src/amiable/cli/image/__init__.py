"""`amiable image`: list, show, build, import and deregister images; a file a verb."""

import click

from amiable.cli.image.build import build
from amiable.cli.image.deregister import deregister
from amiable.cli.image.from_disk import import_disk
from amiable.cli.image.listing import list_
from amiable.cli.image.show import show


@click.group("image")
def command() -> None:
    """List, show, build, import and deregister images."""


for _verb in (list_, show, build, import_disk, deregister):
    command.add_command(_verb)
