"""Volumes, as rows: one that is free, one that is attached."""

from tests.helpers.api import Api
from tests.helpers.rows import add_instance, add_volume
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes an instance with a volume, and another volume."""
    group = api("CreateSecurityGroup", GroupName="volumes", Description="d")["GroupId"]
    instance = add_instance(api, group, "172.31.0.60")
    add_volume(api, instance, "/dev/sda1")
    spare = add_volume(api)
    free, attached = add_volume(api), add_volume(api, instance)
    zone = api("DescribeAvailabilityZones")["AvailabilityZones"][0]["ZoneName"]
    return {
        ("ec2", "AttachVolume"): {"VolumeId": free, "InstanceId": instance.id, "Device": "/dev/sdg"},
        ("ec2", "CreateVolume"): {"AvailabilityZone": zone, "Size": 1},
        ("ec2", "CreateReplaceRootVolumeTask"): {"InstanceId": instance.id, "VolumeId": spare},
        ("ec2", "DeleteVolume"): {"VolumeId": free},
        ("ec2", "DescribeReplaceRootVolumeTasks"): {},
        ("ec2", "DescribeVolumeAttribute"): {"VolumeId": free, "Attribute": "productCodes"},
        ("ec2", "DescribeVolumeStatus"): {},
        ("ec2", "DescribeVolumesModifications"): {},
        ("ec2", "DetachVolume"): {"VolumeId": attached},
        ("ec2", "ModifyVolume"): {"VolumeId": attached, "Size": 2},
    }
