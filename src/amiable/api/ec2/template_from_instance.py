"""GetLaunchTemplateData: a template from an instance, as it is now.

What only one instance can have is left out: its private address. Placed where the instance is, with its
groups; volumes as they are, the root's content from the image.
"""

import base64

from amiable.api.call import Call
from amiable.api.ec2.instances import selected
from amiable.api.table import Shape, operation
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface
from amiable.model.tag import tags_of
from amiable.model.volume import Attachment


@operation("ec2", "GetLaunchTemplateData")
def get_launch_template_data(call: Call, request: Shape) -> Shape:
    """Launch template data that launches an instance like this one."""
    (instance,) = selected(call, [request["InstanceId"]])
    data: Shape = {
        "ImageId": instance.image_id,
        "InstanceType": instance.instance_type,
        "EbsOptimized": instance.ebs_optimized,
        "Monitoring": {"Enabled": instance.monitoring},
        "Placement": {"AvailabilityZone": instance.availability_zone, "Tenancy": "default"},
        "DisableApiTermination": bool(instance.options.get("termination_protection")),
        "DisableApiStop": bool(instance.options.get("stop_protection")),
        "InstanceInitiatedShutdownBehavior": instance.shutdown_behavior,
        "MetadataOptions": {
            "HttpTokens": instance.http_tokens,
            "HttpPutResponseHopLimit": instance.http_hop_limit,
            "HttpEndpoint": instance.http_endpoint,
            "InstanceMetadataTags": "enabled" if instance.metadata_tags else "disabled",
        },
        "NetworkInterfaces": [
            _interface(row, alone=len(instance.interfaces) == 1) for row in instance.interfaces
        ],
        "BlockDeviceMappings": [_device(row) for row in instance.attachments],
    }
    if instance.key_name:
        data["KeyName"] = instance.key_name
    if instance.user_data is not None:
        data["UserData"] = base64.b64encode(instance.user_data).decode()
    if arn := instance.options.get("instance_profile"):
        data["IamInstanceProfile"] = {"Arn": arn}
    if tags := _own_tags(call, instance):
        data["TagSpecifications"] = [{"ResourceType": "instance", "Tags": tags}]
    return {"LaunchTemplateData": data}


def _interface(row: NetworkInterface, *, alone: bool) -> Shape:
    shape: Shape = {
        "DeviceIndex": row.device_index,
        "SubnetId": row.subnet_id,
        "Groups": [group.id for group in row.groups],
        "DeleteOnTermination": row.delete_on_termination,
    }
    if alone:  # with several interfaces it may not be said
        shape["AssociatePublicIpAddress"] = row.wants_public_ip
    return shape | {"Description": row.description} if row.description else shape


def _device(row: Attachment) -> Shape:
    volume = row.volume
    ebs: Shape = {
        "DeleteOnTermination": row.delete_on_termination,
        "VolumeSize": volume.size,
        "VolumeType": volume.volume_type,
        "Encrypted": False,
    }
    optional = {"SnapshotId": volume.snapshot_id, "Iops": volume.iops, "Throughput": volume.throughput}
    return {"DeviceName": row.device, "Ebs": ebs | {name: value for name, value in optional.items() if value}}


def _own_tags(call: Call, instance: Instance) -> list[Shape]:
    """The user's tags: those of AWS cannot be given."""
    tags = tags_of(call.session, [instance.id], call.account_id).get(instance.id, {})
    return [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")]
