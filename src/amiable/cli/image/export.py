"""`amiable image export`: ExportImage, and the wait until the file is there."""

from pathlib import Path
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.options import json_option, settings
from amiable.cli.output import print_json
from amiable.cli.progress import Tell, progress
from amiable.cli.waiting import EVERY
from amiable.core import clock
from amiable.core.errors import Conflict, InvalidInput

FILES = "file:"


def _target(to: str) -> dict[str, str]:
    """EC2's S3ExportLocation."""
    if to == FILES:
        return {"S3Bucket": FILES}
    bucket, _, prefix = to.removeprefix("s3://").partition("/")
    if not (to.startswith("s3://") and bucket):
        raise InvalidInput(f"{to!r} is neither s3://BUCKET/PREFIX nor file:.")
    return {"S3Bucket": bucket, "S3Prefix": prefix} if prefix else {"S3Bucket": bucket}


def _watch(ec2: Any, task_id: str, tell: Tell) -> dict[str, Any]:
    """The task once it has completed. Raises Conflict when it failed."""
    while True:
        (task,) = ec2.describe_export_image_tasks(ExportImageTaskIds=[task_id])["ExportImageTasks"]
        if task["Status"] == "completed":
            return dict(task)
        if task["Status"] != "active":
            raise Conflict(f"The export {task_id} failed: {task.get('StatusMessage', task['Status'])}")
        tell(task.get("StatusMessage", "waiting"), int(task.get("Progress") or 0) / 100)
        clock.sleep(EVERY)


def _where(task: dict[str, Any], form: str, owner: str) -> str:
    place, name = task["S3ExportLocation"], f"{task['ExportImageTaskId']}.{form}"
    if place["S3Bucket"] == FILES:
        return str(Path(settings().import_folder) / owner / name)
    return f"s3://{place['S3Bucket']}/{place.get('S3Prefix', '')}{name}"


@click.command("export")
@click.argument("ami")
@click.option(
    "--format", "form", type=click.Choice(["vmdk", "vhd", "raw"]), default="vmdk", show_default=True,
    help="Format of the file.",
)  # fmt: skip
@click.option(
    "--to", default=FILES, metavar="s3://BUCKET/PREFIX",
    help="Where it goes.  [default: the server's import folder]",
)  # fmt: skip
@click.option("--wait/--no-wait", default=True, help="Wait until it is there.  [default: wait]")
@json_option
def export(ami: str, form: str, to: str, wait: bool, as_json: bool) -> None:
    """Write the disk of an image, by id or name, to a file that other machines take."""
    ec2 = client("ec2")
    (image,) = ec2.describe_images(ImageIds=[image_id(ec2, ami)])["Images"]
    request = {"DiskImageFormat": form.upper(), "S3ExportLocation": _target(to)}
    task = ec2.export_image(ImageId=image["ImageId"], **request)
    task.pop("ResponseMetadata", None)
    if wait:
        with progress(f"Exporting {image['Name']}") as tell:
            task = _watch(ec2, task["ExportImageTaskId"], tell)
    if as_json:
        print_json([task])
    else:
        click.echo(f"{task['ExportImageTaskId']}  {task['Status']}  {_where(task, form, image['OwnerId'])}")
