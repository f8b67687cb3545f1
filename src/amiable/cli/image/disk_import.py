"""ImportDisk of a file in the import folder, and its way to `available`.

A staged file is needed until the image is available or has failed. Whoever stops waiting before (an
interrupt, a server that is restarted: the import goes on when it is back) leaves it there.
"""

from pathlib import Path
from typing import Any

import click
from botocore.exceptions import ClientError

from amiable.cli.progress import Tell
from amiable.cli.waiting import watch_image
from amiable.core.errors import Conflict

Item = dict[str, Any]


def begin(amiable: Any, file: Path, request: Item, *, staged: bool) -> str:
    """Call ImportDisk; members of `request` that say nothing are left out. Returns the image's id.

    `staged`: the file is a copy of ours, and goes when the request is refused.
    """
    said = {name: value for name, value in request.items() if value not in (None, "", False)}
    try:
        return str(amiable.import_disk(Source=f"file:{file.name}", **said)["ImageId"])
    except ClientError:
        if staged:
            file.unlink()
        raise


def follow(ec2: Any, image_id: str, file: Path, tell: Tell, *, staged: bool) -> Item:
    """Wait until the image is available, and return it. Raises Conflict when the import failed."""
    over = False
    try:
        image = watch_image(ec2, image_id, tell)
        over = True
        return image
    except Conflict:
        over = True
        raise
    finally:
        if staged and over:
            file.unlink(missing_ok=True)
        if not over:
            leave(image_id, file, staged=staged)


def leave(image_id: str, file: Path, *, staged: bool) -> None:
    """Say how an import that nobody waits for goes on."""
    click.echo(f"The import goes on. See: amiable image show {image_id}", err=True)
    if staged:
        click.echo(f"Once it is done, remove {file}", err=True)
