"""`amiable console`: a link that opens the console, signed in.

The token is in the fragment, which browsers send to nobody; the page takes it out of the address bar and
trades it through STS for a temporary key (docs/decisions/0004-console-sign-in.md).
"""

import click

from amiable.cli.local import account_called, local_state
from amiable.cli.options import json_option, settings
from amiable.cli.output import print_json
from amiable.core import clock
from amiable.model.sign_in_link import LIFETIME, create_link


@click.command("console")
@click.option("--account", metavar="NAME", help="Account, by name or id.  [default: the only one]")
@json_option
def command(account: str | None, as_json: bool) -> None:
    """Print a link to the web console that signs in once.

    It works for ten minutes. Needs root, on the server's machine.
    """
    chosen = settings()
    with local_state(chosen) as state, state.database.write() as session:
        token = create_link(session, account_called(session, account).id, clock.now())
    link = f"{chosen.url}/console/#token={token}"
    if as_json:
        print_json([{"Url": link, "Seconds": int(LIFETIME.total_seconds())}])
        return
    click.echo(link)
