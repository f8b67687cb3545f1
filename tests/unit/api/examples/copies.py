"""Images made of images and snapshots that are there."""

from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes an image to copy, within its region."""
    image = add_image(api, "to copy")
    device = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": image.devices[0].snapshot_id}}
    return {
        ("ec2", "RegisterImage"): {"Name": "registered", "BlockDeviceMappings": [device]},
        ("ec2", "CopyImage"): {"SourceImageId": image.id, "SourceRegion": api.region, "Name": "copied"},
        ("ec2", "CopySnapshot"): {
            "SourceSnapshotId": image.devices[0].snapshot_id,
            "SourceRegion": api.region,
        },
    }
