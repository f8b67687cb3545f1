"""`amiable image deprecate|disable|enable|protect|unprotect`: steps on an image's way out, and back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.options import json_option
from amiable.cli.output import cell, print_json
from amiable.core import clock
from amiable.core.errors import InvalidInput

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ"]


def _change(ami: str, as_json: bool, change: Callable[[Any, str], object]) -> None:
    """Do it, and print the image as it is then."""
    ec2 = client("ec2")
    target = image_id(ec2, ami)
    change(ec2, target)
    (image,) = ec2.describe_images(ImageIds=[target], IncludeDisabled=True)["Images"]
    if as_json:
        print_json([image])
        return
    parts = [target, image["Name"], image["State"]]
    if moment := image.get("DeprecationTime"):
        parts.append(f"deprecated from {cell(datetime.fromisoformat(moment))}")
    if image["DeregistrationProtection"] != "disabled":
        parts.append("protected")
    click.echo("  ".join(cell(part) for part in parts))


@click.command("deprecate")
@click.argument("ami")
@click.option("--at", type=click.DateTime(FORMATS), metavar="TIME", help="When, UTC: 2027-01-31T12:00.")
@click.option("--days", type=click.IntRange(0, 3650), metavar="N", help="In how many days.")
@click.option("--cancel", is_flag=True, help="Not at all.")
@json_option
def deprecate(ami: str, at: datetime | None, days: int | None, cancel: bool, as_json: bool) -> None:
    """Let an image fade: from then on others find it only by its id."""
    if (at is not None) + (days is not None) + cancel != 1:
        raise InvalidInput("Say when: --at TIME, --days N or --cancel.")
    if cancel:
        _change(ami, as_json, lambda ec2, target: ec2.disable_image_deprecation(ImageId=target))
        return
    moment = at.replace(tzinfo=UTC) if at else clock.now() + timedelta(days=days or 0)
    _change(
        ami,
        as_json,
        lambda ec2, target: ec2.enable_image_deprecation(ImageId=target, DeprecateAt=moment),
    )


@click.command("disable")
@click.argument("ami")
@json_option
def disable(ami: str, as_json: bool) -> None:
    """Let nobody launch an image; takes back all its shares, for good."""
    _change(ami, as_json, lambda ec2, target: ec2.disable_image(ImageId=target))


@click.command("enable")
@click.argument("ami")
@json_option
def enable(ami: str, as_json: bool) -> None:
    """Let its owner launch a disabled image again."""
    _change(ami, as_json, lambda ec2, target: ec2.enable_image(ImageId=target))


@click.command("protect")
@click.argument("ami")
@click.option("--cooldown", is_flag=True, help="For 24 hours more once it is unprotected.")
@json_option
def protect(ami: str, cooldown: bool, as_json: bool) -> None:
    """Keep an image from being deregistered."""
    _change(
        ami,
        as_json,
        lambda ec2, target: ec2.enable_image_deregistration_protection(ImageId=target, WithCooldown=cooldown),
    )


@click.command("unprotect")
@click.argument("ami")
@json_option
def unprotect(ami: str, as_json: bool) -> None:
    """Let an image be deregistered again, once its cool-down is over if it has one."""
    _change(ami, as_json, lambda ec2, target: ec2.disable_image_deregistration_protection(ImageId=target))
