"""`amiable key`: key pairs to log in with."""

import os
from pathlib import Path
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.options import json_option
from amiable.cli.output import print_json


@click.group("key")
def command() -> None:
    """Create key pairs."""


@command.command("create")
@click.argument("name")
@click.option("--type", "kind", type=click.Choice(["ed25519", "rsa"]), default="ed25519", show_default=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the private key, mode 0600.  [default: standard output]",
)
@json_option
def create(name: str, kind: str, out: Path | None, as_json: bool) -> None:
    """Make a key pair. Its private half is shown only now."""
    ec2 = client("ec2")
    pair = _written(ec2, name, kind, out) if out else _created(ec2, name, kind)
    if as_json:
        print_json([pair])
    elif out:
        click.echo(f"{pair['KeyPairId']}  {name}  {out}")
    else:
        click.echo(pair["KeyMaterial"], nl=not pair["KeyMaterial"].endswith("\n"))


def _created(ec2: Any, name: str, kind: str) -> dict[str, Any]:
    pair = ec2.create_key_pair(KeyName=name, KeyType=kind)
    pair.pop("ResponseMetadata")
    return dict(pair)


def _written(ec2: Any, name: str, kind: str, out: Path) -> dict[str, Any]:
    """Make the file before the key pair, so that no private key is lost for want of a place."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    done = False
    try:
        with os.fdopen(descriptor, "w") as file:
            pair = _created(ec2, name, kind)
            file.write(pair.pop("KeyMaterial"))
        done = True
        return pair
    finally:
        if not done:
            out.unlink()
