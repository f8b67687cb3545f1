"""`amiable image share`: who may launch an image."""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.options import json_option
from amiable.cli.output import print_json, print_table
from amiable.core.errors import InvalidInput

Permission = dict[str, str]

KINDS = {
    "UserId": "account",
    "OrganizationArn": "organization",
    "OrganizationalUnitArn": "unit",
    "Group": "everybody",
}
"""Member of a launch permission → our word."""


@click.command("share")
@click.argument("ami")
@click.option("--account", "accounts", multiple=True, metavar="ID", help="An account; may be repeated.")
@click.option("--organization", "organizations", multiple=True, metavar="ARN", help="All of an organization.")
@click.option("--unit", "units", multiple=True, metavar="ARN", help="A unit of an organization.")
@click.option("--public", is_flag=True, help="Everybody.")
@click.option("--remove", is_flag=True, help="Take the permission back from these.")
@json_option
def share(
    ami: str,
    accounts: tuple[str, ...],
    organizations: tuple[str, ...],
    units: tuple[str, ...],
    public: bool,
    remove: bool,
    as_json: bool,
) -> None:
    """Let others launch an image, given by id or name, or say who may."""
    ec2 = client("ec2")
    target = image_id(ec2, ami)
    chosen: list[Permission] = [
        *({"UserId": one} for one in accounts),
        *({"OrganizationArn": one} for one in organizations),
        *({"OrganizationalUnitArn": one} for one in units),
        *([{"Group": "all"}] if public else ()),
    ]
    if remove and not chosen:
        raise InvalidInput("Say from whom: --account ID, --organization ARN, --unit ARN or --public.")
    if chosen:
        change = {"Remove" if remove else "Add": chosen}
        ec2.modify_image_attribute(ImageId=target, LaunchPermission=change)
    _print(ec2, target, as_json)


def _print(ec2: Any, target: str, as_json: bool) -> None:
    answer = ec2.describe_image_attribute(ImageId=target, Attribute="launchPermission")
    permissions = [
        {"ImageId": target, "Grantee": value, "Kind": KINDS[member]}
        for permission in answer["LaunchPermissions"]
        for member, value in permission.items()
    ]
    if as_json:
        print_json(permissions)
        return
    print_table(
        permissions,
        [("GRANTEE", lambda row: row["Grantee"]), ("KIND", lambda row: row["Kind"])],
        f"Only its owner may launch {target}.",
    )
