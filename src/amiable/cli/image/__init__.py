"""`amiable image`: make, copy, share, retire and list images; a file a verb, or a few that are one idea."""

import click

from amiable.cli.image.build import build
from amiable.cli.image.copy import copy
from amiable.cli.image.deregister import deregister
from amiable.cli.image.export import export
from amiable.cli.image.from_disk import import_disk
from amiable.cli.image.listing import list_
from amiable.cli.image.log import log
from amiable.cli.image.prune import prune
from amiable.cli.image.pull import pull
from amiable.cli.image.retire import deprecate, disable, enable, protect, unprotect
from amiable.cli.image.share import share
from amiable.cli.image.show import show


@click.group("image")
def command() -> None:
    """Make, copy, share, retire and list images."""


_MAKE = (pull, build, import_disk, copy, export)
_RETIRE = (deprecate, disable, enable, protect, unprotect, deregister, prune)

for _verb in (list_, show, log, *_MAKE, share, *_RETIRE):
    command.add_command(_verb)
