"""`amiable image deregister`."""

import click

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.options import json_option
from amiable.cli.output import print_json


@click.command("deregister")
@click.argument("ami")
@click.option(
    "--delete-snapshots", is_flag=True, help="Delete its snapshots too, unless another image uses them."
)
@json_option
def deregister(ami: str, delete_snapshots: bool, as_json: bool) -> None:
    """Take an image, by id or name, out of use. Its instances go on running."""
    ec2 = client("ec2")
    target = image_id(ec2, ami)
    answer = ec2.deregister_image(ImageId=target, DeleteAssociatedSnapshots=delete_snapshots)
    results = answer.get("DeleteSnapshotResults", [])
    if as_json:
        print_json([{"ImageId": target, "DeleteSnapshotResults": results}])
        return
    click.echo(f"Deregistered {target}")
    words = {"success": "Deleted", "skipped": "Kept, another image uses it:"}
    for result in results:
        code = result["ReturnCode"]
        click.echo(f"{words.get(code, f'Not deleted ({code}):')} {result['SnapshotId']}")
