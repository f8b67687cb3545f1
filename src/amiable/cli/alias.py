"""`amiable alias`: names for images, used as `resolve:ssm:NAME` in launches and templates, with history."""

from typing import Any

import click

from amiable.cli.aliases import Alias, Said, put_alias, read_alias, read_aliases
from amiable.cli.client import client
from amiable.cli.naming import image_id, images_by_id
from amiable.cli.options import json_option
from amiable.cli.output import print_json, print_table
from amiable.core.errors import Conflict, NotFound

Item = dict[str, Any]


@click.group("alias")
def command() -> None:
    """Set, list and roll back aliases of images.

    An alias is a parameter of type aws:ec2:image. Launch what it says: amiable launch resolve:ssm:NAME, or
    name resolve:ssm:NAME in a launch template.
    """


def _item(alias: Alias, said: Said) -> Item:
    return {
        "Name": alias.name,
        "ImageId": said.image_id,
        "Version": said.version,
        "LastModifiedDate": said.at,
        "Description": said.note,
        "Labels": list(said.labels),
    }


def _name(images: dict[str, Item], image_id: str) -> str:
    """An image's name; an alias may still say one that is gone."""
    return str(images[image_id].get("Name", "")) if image_id in images else "(gone)"


@command.command("set")
@click.argument("name")
@click.argument("ami")
@click.option("--note", metavar="TEXT", help="Why; the log shows it.")
@json_option
def set_(name: str, ami: str, note: str | None, as_json: bool) -> None:
    """Let an alias say an image, by id or name, from now on."""
    target = image_id(client("ec2"), ami)
    ssm = client("ssm")
    put_alias(ssm, name, target, note)
    _tell(read_alias(ssm, name), as_json)


def _tell(alias: Alias, as_json: bool) -> None:
    if as_json:
        print_json([_item(alias, alias.now)])
        return
    click.echo(f"{alias.name} says {alias.now.image_id} (version {alias.now.version})")


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List aliases and what they say now."""
    aliases = read_aliases(client("ssm"))
    if as_json:
        print_json(_item(alias, alias.now) for alias in aliases)
        return
    images = images_by_id(client("ec2"), [alias.now.image_id for alias in aliases])
    print_table(
        [_item(alias, alias.now) for alias in aliases],
        [
            ("ALIAS", lambda item: item["Name"]),
            ("IMAGE", lambda item: item["ImageId"]),
            ("NAME", lambda item: _name(images, item["ImageId"])),
            ("VERSION", lambda item: item["Version"]),
            ("SINCE", lambda item: item["LastModifiedDate"]),
        ],
        "No alias. Set one: amiable alias set NAME AMI",
    )


@command.command("log")
@click.argument("name")
@json_option
def log(name: str, as_json: bool) -> None:
    """Show all that an alias has said, newest first."""
    alias = _alias(name)
    items = [_item(alias, said) for said in reversed(alias.history)]
    if as_json:
        print_json(items)
        return
    images = images_by_id(client("ec2"), [said.image_id for said in alias.history])
    print_table(
        items,
        [
            ("VERSION", lambda item: item["Version"]),
            ("IMAGE", lambda item: item["ImageId"]),
            ("NAME", lambda item: _name(images, item["ImageId"])),
            ("SET", lambda item: item["LastModifiedDate"]),
            ("LABELS", lambda item: ", ".join(item["Labels"])),
            ("NOTE", lambda item: item["Description"]),
        ],
        "",
    )


@command.command("rollback")
@click.argument("name")
@click.option(
    "--to", "version", type=click.IntRange(1), help="Version.  [default: the last that said another]"
)
@json_option
def rollback(name: str, version: int | None, as_json: bool) -> None:
    """Let an alias say again what it said before. The log shows both."""
    alias = _alias(name)
    if version is None:
        target = alias.before
        if target is None:
            raise Conflict(f"{name} has never said another image.")
    else:
        target = next((said for said in alias.history if said.version == version), None)
        if target is None:
            raise NotFound(f"{name} has no version {version}. See: amiable alias log {name}")
        if target.image_id == alias.now.image_id:
            raise Conflict(f"{name} says {target.image_id} already.")
    ssm = client("ssm")
    put_alias(ssm, name, target.image_id, f"rollback to version {target.version}")
    _tell(read_alias(ssm, name), as_json)


def _alias(name: str) -> Alias:
    ssm = client("ssm")
    try:
        return read_alias(ssm, name)
    except ssm.exceptions.ParameterNotFound as missing:
        raise NotFound(f"There is no alias {name!r}. See: amiable alias list") from missing
