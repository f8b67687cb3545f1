"""`amiable serve`: the server, in the foreground."""

import click

from amiable import app
from amiable.cli.options import settings
from amiable.core import log


@click.command("serve")
def command() -> None:
    """Run the server. Machines go on running when it ends."""
    chosen = settings()
    log.configure(chosen.log_level)
    app.serve(chosen)
