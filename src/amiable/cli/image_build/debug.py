"""`amiable build debug`: a shell on the disk of a failed build, as it was before what failed.

    a component's build phase failed      the disk before that component, if the cache has it
    another phase or step of the build    the last disk that the cache has
    a test failed                         the image that was tested

Where the cache has no such disk, the base image it is. The machine is a clone, made for this shell: it, its
key, its group and the image that it was launched of are gone when the shell ends.
"""

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from amiable.builder.ssh import SshGuest
from amiable.cli.client import client
from amiable.cli.component.throwaway import throwaway
from amiable.cli.image_build.naming import build_arn
from amiable.core import proc
from amiable.core.errors import Conflict

_KEPT = ("Architecture", "RootDeviceName", "VirtualizationType", "BootMode", "EnaSupport", "ImdsSupport")


@dataclass(frozen=True)
class Disk:
    """What to boot: an image, or a snapshot to make one of; `what` says it in words."""

    what: str
    image_id: str | None = None
    snapshot_id: str | None = None


def chosen(image: dict[str, Any], known: dict[str, Any]) -> Disk:
    """The disk to look at, by GetImage and GetBuildComponents."""
    context = image["state"].get("failureContext") or {}
    amis = image["outputResources"].get("amis") or []
    if amis:
        return Disk(f"the image that was made, {amis[0]['image']}", image_id=amis[0]["image"])
    parts = known["Components"]
    failed = (context.get("componentFailure") or {}) if context.get("imageStatus") == "BUILDING" else {}
    before = len(parts)
    if failed.get("phaseName") == "build":
        before = next((n for n, part in enumerate(parts) if part["Arn"] == failed["componentArn"]), before)
    ran = [
        n
        for n in range(before)
        if any(step["Phase"] == "build" for step in parts[n]["Steps"]) or parts[n]["Reused"]
    ]
    for number in reversed(range(before)):
        if snapshot := parts[number].get("DiskSnapshotId"):
            later = [parts[n]["Name"] for n in ran if n > number]
            without = f"; without {', '.join(later)}, whose disks the cache does not have" if later else ""
            return Disk(f"the disk after {parts[number]['Name']} ({snapshot}){without}", snapshot_id=snapshot)
    base = known["BaseImageId"]
    why = "nothing had run before" if not ran else "the cache has no disk of this build"
    return Disk(f"the base image {base}: {why}", image_id=base)


@click.command("debug")
@click.argument("build")
@click.option("--type", "kind", metavar="TYPE", help="Instance type.")
@click.option("--user", help="User to log in as.  [default: the one that the build found]")
@click.option("--command", metavar="TEXT", help="Run this there instead of a shell.")
def debug(build: str, kind: str | None, user: str | None, command: str | None) -> None:
    """Boot a clone of a build's disk as it was before what failed, and open a shell there."""
    builder, ec2 = client("imagebuilder"), client("ec2")
    arn = build_arn(builder, build)
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    known = client("amiable").get_build_components(ImageBuildVersionArn=arn)
    name = user or known.get("User")
    if name is None:
        raise Conflict("The build never logged in anywhere, so its user is not known: give --user.")
    disk = chosen(image, known)
    click.echo(f"Booting {disk.what}", err=True)
    if failed := (image["state"].get("failureContext") or {}).get("componentFailure"):
        click.echo(f"Failed: {failed['componentArn']}, {failed['phaseName']}, {failed['stepName']}", err=True)
    with _image(ec2, disk, known["BaseImageId"]) as image_id, throwaway(ec2, image_id, kind) as machine:
        with SshGuest(machine.address, name, machine.private_key) as guest:
            click.echo(f"Waiting for SSH at {machine.address}", err=True)
            guest.wait()
        words = [
            "ssh", "-i", str(machine.key_file), "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
            f"{name}@{machine.address}", *([command] if command else []),
        ]  # fmt: skip
        status = proc.attached(words)
    if command and status != 0:
        raise SystemExit(1)


@contextmanager
def _image(ec2: Any, disk: Disk, base: str) -> Iterator[str]:
    """The image to launch; one that was made for this goes afterwards."""
    if disk.image_id is not None:
        yield disk.image_id
        return
    (like,) = ec2.describe_images(ImageIds=[base])["Images"]
    made = ec2.register_image(
        Name=f"amiable-debug-{secrets.token_hex(4)}",
        BlockDeviceMappings=[{"DeviceName": like["RootDeviceName"], "Ebs": {"SnapshotId": disk.snapshot_id}}],
        **{key: like[key] for key in _KEPT if key in like},
    )["ImageId"]
    with contextlib.ExitStack() as undo:
        undo.callback(ec2.deregister_image, ImageId=made)
        yield made
