"""`amiable image import`: a disk file or a URL becomes an image.

The file is put into the server's import folder (staging.py, download.py), then ImportDisk reads it.
"""

import re
from pathlib import Path

import click

from amiable.cli.client import client
from amiable.cli.image import disk_import
from amiable.cli.image.download import download, file_name, is_url
from amiable.cli.image.staging import take
from amiable.cli.options import json_option, settings, tag_list, tag_option
from amiable.cli.output import print_json
from amiable.cli.progress import Tell, progress
from amiable.core.errors import InvalidInput

SUFFIX = re.compile(r"(\.(raw|img|qcow2?|vmdk|vhdx?|vpc|gz|xz|bz2|zst|lz4|zip))+$", re.IGNORECASE)
CHECKSUM = re.compile(r"sha256:[0-9a-fA-F]{64}")
BOOT_MODES = ("legacy-bios", "uefi")


def name_of(source: str) -> str:
    """An image's name made of a file's: without its suffixes, in letters that EC2 takes."""
    stem = SUFFIX.sub("", file_name(source) if is_url(source) else Path(source).name)
    name = re.sub(r"[^A-Za-z0-9 ()\[\]./\-'@_]", "-", stem)[:128]
    if len(name) < 3:
        raise InvalidInput(f"{name!r} is too short to name an image: give one with --name.")
    return name


def _checksum(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not CHECKSUM.fullmatch(value):
        raise click.BadParameter("write it as sha256: and 64 hexadecimal digits.")
    return value and value.lower()


def staged_file(source: str, folder: Path, limit: int, checksum: str | None, tell: Tell) -> tuple[Path, bool]:
    """(path in the import folder, whether it is a copy of ours): a file that lies there already is not."""
    if is_url(source):
        return download(source, folder, limit, checksum, tell), True
    path = Path(source)
    if path.is_file() and path.resolve().parent == folder.resolve():
        return path.resolve(), False
    return take(path, folder, tell), True


@click.command("import")
@click.argument("source", metavar="FILE|URL")
@click.option("--name", help="Name of the image.  [default: the file's name]")
@click.option("--description", help="What it is.")
@click.option("--checksum", metavar="sha256:HEX", callback=_checksum, help="SHA-256 that the file must have.")
@click.option("--boot-mode", type=click.Choice(BOOT_MODES), help="Firmware that the disk boots with.")
@click.option("--architecture", type=click.Choice(["x86_64"]), help="Processor it is made for.")
@click.option(
    "--public", is_flag=True, help="Import it as the built-in account, for everybody to launch; needs root."
)
@tag_option("the image and its snapshot")
@click.option(
    "--limit", type=float, default=64, show_default=True, metavar="GIB", help="Largest download, in GiB."
)
@click.option("--wait/--no-wait", default=True, help="Wait until it is available.  [default: wait]")
@json_option
def import_disk(
    source: str,
    name: str | None,
    description: str | None,
    checksum: str | None,
    boot_mode: str | None,
    architecture: str | None,
    public: bool,
    tags: tuple[tuple[str, str], ...],
    limit: float,
    wait: bool,
    as_json: bool,
) -> None:
    """Make an image of a disk file: qcow2, raw, vmdk, vhd or vhdx, compressed or not."""
    amiable, ec2 = client("amiable", built_in=public), client("ec2", built_in=public)
    request = {
        "Name": name or name_of(source),
        "Description": description,
        "Checksum": checksum,
        "BootMode": boot_mode,
        "Architecture": architecture,
        "Public": public,
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": tag_list(tags)} for kind in ("image", "snapshot") if tags
        ]
        or None,
    }
    with progress(f"Importing {request['Name']}") as tell:
        folder = settings().import_folder
        file, staged = staged_file(source, folder, int(limit * 1024**3), checksum, tell)
        image_id = disk_import.begin(amiable, file, request, staged=staged)
        if wait:
            image = disk_import.follow(ec2, image_id, file, tell, staged=staged)
        else:
            (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
    if not wait:
        disk_import.leave(image_id, file, staged=staged)
    if as_json:
        print_json([image])
    else:
        click.echo(f"{image_id}  {request['Name']}  {image['State']}")
