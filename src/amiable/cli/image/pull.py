"""`amiable image pull`: an image of the catalog, now rather than at its first launch."""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.options import json_option
from amiable.cli.output import print_json
from amiable.cli.progress import Tell, progress
from amiable.cli.waiting import EVERY
from amiable.core import clock
from amiable.core.errors import Conflict

Item = dict[str, Any]


@click.command("pull")
@click.argument("name")
@click.option("--refresh", is_flag=True, help="Fetch or build it anew, though it is there; needs root.")
@click.option("--wait/--no-wait", default=True, help="Wait until it is available.  [default: wait]")
@json_option
def pull(name: str, refresh: bool, wait: bool, as_json: bool) -> None:
    """Import an image of the catalog into every region. See: amiable catalog"""
    amiable = client("amiable", built_in=refresh)
    amiable.pull_catalog_image(Name=name, Refresh=refresh)
    with progress(f"Importing {name}") as tell:
        row = follow_import(amiable, name, tell) if wait else _entry(amiable, name)
    if wait and row["State"] != "available":
        raise Conflict(f"{name}: {row.get('Message', 'it was not imported.')}")
    if as_json:
        print_json([row])
    else:
        click.echo(f"{row['ImageId']}  {name}  {row['State']}")


def _entry(amiable: Any, name: str) -> Item:
    (row,) = amiable.describe_catalog(Names=[name])["CatalogImages"]
    return dict(row)


def follow_import(amiable: Any, name: str, tell: Tell) -> Item:
    """Wait until an entry is not being imported any more, and return it."""
    while (row := _entry(amiable, name))["State"] == "importing":
        percent = row.get("Progress", "0%").rstrip("%")
        tell("storing" if int(percent) >= 50 else "obtaining", int(percent) / 100)
        clock.sleep(EVERY)
    return row
