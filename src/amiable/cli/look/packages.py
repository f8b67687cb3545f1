"""`amiable packages`: what is installed in an image; as a table, JSON, or a bill of materials."""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.look.asking import inspected
from amiable.cli.options import json_option
from amiable.cli.output import print_json, print_table

form_option = click.option(
    "--format", "form", type=click.Choice(["spdx", "cyclonedx"]), help="Print a bill of materials."
)


@click.command("packages")
@click.argument("image")
@form_option
@json_option
def command(image: str, form: str | None, as_json: bool) -> None:
    """List the packages in an image (dpkg, rpm, apk, Python, npm), or print its bill of materials.

    IMAGE is an image by id or name, a snapshot by id, or an instance by id.
    """
    service = client("amiable")
    done = inspected(service, image, search=False)["InspectionId"]
    show(service, done, form, as_json, f"No package database was found in {image}.")


def show(service: Any, inspection_id: str, form: str | None, as_json: bool, nothing: str) -> None:
    """Print the packages of an inspection, or `nothing`; with a form, its bill of materials."""
    if form:
        click.echo(service.get_bill_of_materials(InspectionId=inspection_id, Format=form)["Document"])
        return
    found: list[dict[str, str]] = []
    token: dict[str, str] = {}
    while True:
        page = service.list_packages(InspectionId=inspection_id, MaxResults=1000, **token)
        found += page["Packages"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    if as_json:
        print_json(found)
        return
    columns = [
        (name, lambda row, name=name: row.get(name)) for name in ("Type", "Name", "Version", "Architecture")
    ]
    print_table(found, columns, nothing)
