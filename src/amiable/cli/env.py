"""`amiable env`: credentials and endpoint for the shell: `eval "$(amiable env)"`."""

import shlex

import click

from amiable.cli.local import keys_of
from amiable.cli.options import settings
from amiable.core.errors import InvalidInput

NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL")
# A token left from other credentials would spoil ours.
STALE = "AWS_SESSION_TOKEN"


@click.command("env")
@click.option("--account", metavar="NAME", help="Account, by name or id.  [default: the only one]")
@click.option("--region", help="Region.  [default: the server's first]")
@click.option("--unset", is_flag=True, help="Print what takes it back.")
def command(account: str | None, region: str | None, unset: bool) -> None:
    """Print credentials and endpoint for the shell.

    Use: eval "$(amiable env)". Needs root, on the server's machine.
    """
    if unset:
        click.echo(f"unset {' '.join(NAMES)} {STALE}")
        return
    chosen = settings()
    if region is not None and region not in chosen.region_names:
        listed = ", ".join(chosen.region_names)
        raise InvalidInput(f"The region {region} is not configured here. Use one of: {listed}.")
    keys = keys_of(chosen, account)
    values = (keys.access_key_id, keys.secret_access_key, region or chosen.region_names[0], chosen.url)
    click.echo(f"unset {STALE}")
    for name, value in zip(NAMES, values, strict=True):
        click.echo(f"export {name}={shlex.quote(value)}")
