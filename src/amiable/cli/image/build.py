"""`amiable image build`: the public base images, made from Debian packages on this machine.

The disk is built by root here, put into the import folder and imported as the built-in account. `cleaner` is
no image, but the kernel and tools that clean images (compute/cleaner/kit.py); it stays in the data folder.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.image import disk_import
from amiable.cli.image.staging import take
from amiable.cli.naming import list_images, literal
from amiable.cli.options import json_option, settings
from amiable.cli.output import print_json
from amiable.cli.progress import Tell, progress
from amiable.cli.waiting import NOT_IMPORTED
from amiable.compute.base.debian import build_debian
from amiable.compute.base.disk import BuiltDisk
from amiable.compute.base.tiny import build_tiny
from amiable.compute.cleaner.kit import build_kit, kit_in
from amiable.core.errors import InvalidInput, MissingPrerequisite

DESCRIPTIONS = {
    "debian-12": "Debian 12 (bookworm) with cloud-init, built from Debian packages",
    "tiny": "Linux kernel and busybox, for tests",
}
CLEANER = "cleaner"


def _make(kind: str, size: int | None, out: Path, work: Path, tell: Tell) -> BuiltDisk:
    if kind == "tiny":
        return build_tiny(out, work, tell)
    if size is None:
        return build_debian(out, work, progress=tell)
    return build_debian(out, work, size_gib=size, progress=tell)


@click.command("build")
@click.argument("kind", type=click.Choice([*DESCRIPTIONS, CLEANER]))
@click.option("--size", type=click.IntRange(1, 1024), metavar="GIB", help="Size of the disk.")
@click.option("--name", help="Name of the image.  [default: KIND]")
@click.option("--private", is_flag=True, help="Keep it to the built-in account.")
@click.option("--rebuild", is_flag=True, help="Replace the image of that name.")
@json_option
def build(kind: str, size: int | None, name: str | None, private: bool, rebuild: bool, as_json: bool) -> None:
    """Build a base image from Debian packages: debian-12, or tiny for tests. Needs root.

    KIND cleaner makes no image, but what `amiable create-image --clean` boots to clean one.
    """
    if os.geteuid() != 0:
        raise MissingPrerequisite("Building an image needs root.", "Run it as root or with sudo.")
    if kind == CLEANER:
        if size is not None or name is not None or private:
            raise InvalidInput("The cleaner is no image: leave --size, --name and --private out.")
        _build_cleaner(as_json)
        return
    if kind == "tiny" and size is not None:
        raise InvalidInput("The size of tiny is fixed: leave --size out.")
    wanted = name or kind
    ec2 = client("ec2", built_in=True)
    existing = _existing(ec2, wanted)
    if existing is not None and not rebuild:
        message = f"{existing['ImageId']}  {wanted}  exists already; --rebuild makes it anew"
        _report(existing, message, as_json)
        return
    with progress(f"Building {wanted}") as tell:
        file, built = _built(kind, size, tell)
        if existing is not None:
            ec2.deregister_image(ImageId=existing["ImageId"], DeleteAssociatedSnapshots=True)
        request = {
            "Name": wanted,
            "Description": DESCRIPTIONS[kind],
            "Architecture": built.architecture,
            "BootMode": built.boot_mode,
            "Public": not private,
        }
        image_id = disk_import.begin(client("amiable", built_in=True), file, request, staged=True)
        image = disk_import.follow(ec2, image_id, file, tell, staged=True)
    _report(image, f"{image_id}  {wanted}  {image['State']}", as_json)


def _existing(ec2: Any, name: str) -> dict[str, Any] | None:
    """The live image of that name; one that the catalog only lists is not there yet."""
    filters = [
        {"Name": "name", "Values": [literal(name)]},
        {"Name": "state", "Values": ["pending", "available"]},
    ]
    found = list_images(ec2, filters, ["self"])
    return next((one for one in found if one.get("StateReason", {}).get("Code") != NOT_IMPORTED), None)


def _built(kind: str, size: int | None, tell: Tell) -> tuple[Path, BuiltDisk]:
    """Build the disk; returns its path in the import folder. Packages are kept for the next time."""
    chosen = settings()
    work = chosen.data_dir / "build"
    work.mkdir(mode=0o755, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=work))
    try:
        built = _make(kind, size, scratch / f"{kind}.raw", work, tell)
        # Reflinked or hard-linked: the same file system unless import_dir is set.
        return take(built.path, chosen.import_folder, tell), built
    finally:
        shutil.rmtree(scratch)


def _build_cleaner(as_json: bool) -> None:
    """Make it anew, whether or not there is one: packages are kept for a day."""
    chosen = settings()
    kit = kit_in(chosen.data_dir)
    with progress("Building the cleaner") as tell:
        build_kit(kit, chosen.data_dir / "build", tell)
    _report({"Kernel": str(kit.kernel), "Initrd": str(kit.initrd)}, "cleaner  ready", as_json)


def _report(image: dict[str, Any], message: str, as_json: bool) -> None:
    if as_json:
        print_json([image])
    else:
        click.echo(message)
