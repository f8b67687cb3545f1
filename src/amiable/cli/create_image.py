"""`amiable create-image`: CreateImage or CreateCleanImage, and the wait until the image is available."""

import json
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.look.findings import SEVERITIES
from amiable.cli.naming import instance_id
from amiable.cli.options import json_option, tag_list, tag_option
from amiable.cli.output import clean as clean_text
from amiable.cli.output import print_json, print_table
from amiable.cli.progress import progress
from amiable.cli.waiting import watch_image
from amiable.compute.cleaner.operations import NAMES


@click.command("create-image")
@click.argument("instance")
@click.option("--name", required=True, help="Name of the image.")
@click.option("--no-reboot", is_flag=True, help="Do not shut the instance down for it.")
@click.option("--description", help="What it is.")
@click.option(
    "--clean", is_flag=True, help="Remove users, credentials, identity, histories and logs from it."
)
@click.option(
    "--keep",
    multiple=True,
    metavar="WHAT",
    type=click.Choice(NAMES),
    help=f"With --clean, leave this as it is; may be repeated: {', '.join(NAMES)}.",
)
@click.option(
    "--disable-service",
    "disabled",
    multiple=True,
    metavar="NAME",
    help="With --clean, a service that the image starts no more; may be repeated.",
)
@tag_option("the image and its snapshots")
@click.option("--wait/--no-wait", default=True, help="Wait until it is available.  [default: wait]")
@json_option
def command(
    instance: str,
    name: str,
    no_reboot: bool,
    description: str | None,
    clean: bool,
    keep: tuple[str, ...],
    disabled: tuple[str, ...],
    tags: tuple[tuple[str, str], ...],
    wait: bool,
    as_json: bool,
) -> None:
    """Make an image of an instance, given by id or name, with all its volumes.

    A running instance is shut down cleanly first and started again, unless --no-reboot is given. With --clean
    the image, not the instance, loses what belongs to this one machine, and comes with a hygiene report.
    """
    if (keep or disabled) and not clean:
        raise click.UsageError("--keep and --disable-service need --clean.")
    ec2 = client("ec2")
    request = {
        "InstanceId": instance_id(ec2, instance),
        "Name": name,
        "NoReboot": no_reboot,
        "Description": description,
        "TagSpecifications": [
            {"ResourceType": resource, "Tags": tag_list(tags)} for resource in ("image", "snapshot") if tags
        ],
    }
    service = client("amiable")
    create = ec2.create_image
    if clean:
        create = service.create_clean_image
        request |= {"Keep": list(keep), "DisableServices": list(disabled)}
    image_id = create(**{name: value for name, value in request.items() if value})["ImageId"]
    if wait:
        with progress(f"Creating {name}") as tell:
            image = watch_image(ec2, image_id, tell)
    else:
        (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
    cleaning = service.get_image_cleaning(ImageId=image_id)["Cleaning"] if clean else None
    if as_json:
        print_json([image if cleaning is None else {**image, "Cleaning": cleaning}])
        return
    if cleaning is not None and "Removed" in cleaning:
        _print_cleaning(service, cleaning)
    click.echo(f"{image_id}  {name}  {image['State']}")


def _print_cleaning(service: Any, cleaning: dict[str, Any]) -> None:
    """What was removed, what was not looked into, what security groups let in, what the report finds."""
    columns = [
        ("Operation", lambda row: row["Operation"]),
        ("Files", lambda row: row["Files"]),
        ("KiB", lambda row: row["Bytes"] // 1024),
        ("What", lambda row: row["Title"]),
    ]
    print_table(cleaning["Removed"], columns, "Nothing was to be removed.")
    for line in cleaning["Untouched"]:
        click.echo(clean_text(f"untouched  {line}"), err=True)
    for found in json.loads(cleaning["SecurityGroupReview"])["findings"]:
        click.echo(clean_text(f"{found['severity']:10} {found['title']}: {found['detail']}"), err=True)
    (inspection,) = service.describe_inspections(InspectionIds=[cleaning["InspectionId"]])["Inspections"]
    counts = [f"{inspection['Counts'][one]} {one}" for one in SEVERITIES if inspection["Counts"].get(one)]
    found = ", ".join(counts) or "nothing" if inspection["State"] == "completed" else inspection["State"]
    click.echo(f"report     {cleaning['InspectionId']}: {found}", err=True)
