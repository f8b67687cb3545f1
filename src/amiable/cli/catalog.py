"""`amiable catalog`: the public images that there are, and what is imported of them."""

import click

from amiable.cli.client import client
from amiable.cli.options import json_option
from amiable.cli.output import print_json, print_table


@click.command("catalog")
@json_option
def command(as_json: bool) -> None:
    """List the public images: each is imported at its first launch, or by `amiable image pull`."""
    rows = client("amiable").describe_catalog()["CatalogImages"]
    if as_json:
        print_json(rows)
        return
    print_table(
        rows,
        [
            ("NAME", lambda row: row["Name"]),
            ("DISTRIBUTION", lambda row: row["Distribution"]),
            ("RELEASE", lambda row: row["Release"]),
            ("USER", lambda row: row["UserName"]),
            ("FREE TIER", lambda row: row["FreeTierEligible"]),
            ("PRODUCT", lambda row: row.get("ProductName")),
            ("STATE", lambda row: " ".join(filter(None, (row["State"], row.get("Progress"))))),
            ("IMAGE", lambda row: row.get("ImageId")),
            ("SOURCE", lambda row: row["Source"]),
        ],
        "The catalog is empty: see the setting catalog_dir.",
    )
