"""`amiable image show`."""

from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import image_id
from amiable.cli.options import json_option
from amiable.cli.output import print_details, print_json, print_table
from amiable.cli.waiting import snapshots_of

# What DescribeImages says of an image → how we call it.
PROPERTIES = {
    "ImageId": "Image",
    "Name": "Name",
    "Description": "Description",
    "State": "State",
    "OwnerId": "Owner",
    "ImageOwnerAlias": "Owner alias",
    "Public": "Public",
    "CreationDate": "Created",
    "Architecture": "Architecture",
    "BootMode": "Boot mode",
    "RootDeviceName": "Root device",
    "ImdsSupport": "IMDS support",
    "SourceInstanceId": "Source instance",
    "SourceImageId": "Source image",
    "SourceImageRegion": "Source region",
    "DeprecationTime": "Deprecated from",
    "DeregistrationProtection": "Protection",
    "LastLaunchedTime": "Last launched",
}


@click.command("show")
@click.argument("ami")
@json_option
def show(ami: str, as_json: bool) -> None:
    """Show an image, by id or name, with its devices, snapshots and tags."""
    ec2 = client("ec2")
    (image,) = ec2.describe_images(ImageIds=[image_id(ec2, ami)], IncludeDisabled=True)["Images"]
    snapshots = snapshots_of(ec2, image)
    if as_json:
        print_json([{**image, "Snapshots": snapshots}])
        return
    reason = image.get("StateReason", {}).get("Message")
    codes = [("Product code", code["ProductCodeId"]) for code in image.get("ProductCodes", ())]
    marks = [("Watermark", mark["WatermarkKey"]) for mark in image.get("ImageWatermarks", ())]
    tags = [(f"Tag {tag['Key']}", tag["Value"]) for tag in image.get("Tags", ())]
    print_details(
        [
            *((name, image.get(key)) for key, name in PROPERTIES.items()),
            ("Reason", reason),
            *codes,
            *marks,
            *tags,
        ]
    )
    click.echo()
    print_devices(image, {snapshot["SnapshotId"]: snapshot for snapshot in snapshots})


def print_devices(image: dict[str, Any], snapshots: dict[str, dict[str, Any]]) -> None:
    """The block device mapping; the state of a snapshot is only its owner's to see."""

    def ebs(row: dict[str, Any]) -> dict[str, Any]:
        return dict(row.get("Ebs", {}))

    def snapshot(row: dict[str, Any]) -> dict[str, Any]:
        return snapshots.get(ebs(row).get("SnapshotId", ""), {})

    print_table(
        image["BlockDeviceMappings"],
        [
            ("DEVICE", lambda row: row.get("DeviceName")),
            ("GIB", lambda row: ebs(row).get("VolumeSize")),
            ("TYPE", lambda row: ebs(row).get("VolumeType")),
            ("SNAPSHOT", lambda row: ebs(row).get("SnapshotId")),
            ("STATE", lambda row: snapshot(row).get("State")),
            ("PROGRESS", lambda row: snapshot(row).get("Progress")),
            ("ENDS WITH INSTANCE", lambda row: ebs(row).get("DeleteOnTermination")),
        ],
        "No block device.",
    )
