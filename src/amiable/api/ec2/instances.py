"""Instances: describe, console output; the shape of an instance in answers."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import or_

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.image_shapes import code_shapes
from amiable.api.ec2.instance_filters import instance_filters
from amiable.api.ec2.volumes import attachment_shape
from amiable.api.faults import check_ids, not_found
from amiable.api.owned import Listed, answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.compute import console
from amiable.compute.net import addresses
from amiable.model.instance import INSTANCE_STATES, Instance
from amiable.model.instance_profile import profile_id
from amiable.model.instance_type import instance_type
from amiable.model.network import NetworkInterface
from amiable.model.product_code import codes_of
from amiable.model.tag import tags_of
from amiable.model.zone import zone_id

TOMBSTONE = timedelta(hours=1)


def selected(call: Call, wanted: Iterable[str]) -> list[Instance]:
    """The caller's instances of these ids, all of them. Raises InvalidInstanceID's faults."""
    instance_ids = list(dict.fromkeys(wanted))
    check_ids("i", *instance_ids)
    query = select_owned(call, Instance).where(Instance.id.in_(instance_ids)).with_for_update()
    found = {row.id: row for row in call.session.scalars(query).unique()}
    if missing := [one for one in instance_ids if one not in found]:
        raise not_found("i", *missing)
    return [found[one] for one in instance_ids]


def list_instances(
    call: Call, name: str, request: Shape, rows: Mapping[str, filters.Filter], *narrowed: filters.Condition
) -> Listed:
    """The caller's instances; terminated ones for an hour."""
    query = select_owned(call, Instance).where(
        or_(Instance.terminated_at.is_(None), Instance.terminated_at > call.now - TOMBSTONE)
    )
    return listed(call, name, request, query, Instance.id, "i", "InstanceIds", rows, narrowed)


@operation("ec2", "DescribeInstances")
def describe_instances(call: Call, request: Shape) -> Shape:
    """The caller's instances, grouped by reservation."""
    rows, tags, token = list_instances(call, "DescribeInstances", request, instance_filters(call))
    codes = codes_of(call.session, [row.id for row in rows])
    groups: dict[str, list[Instance]] = defaultdict(list)
    for row in rows:
        groups[row.reservation_id].append(row)
    reservations = [
        reservation_shape(
            group[0],
            [
                instance_shape(row, tags.get(row.id), codes.get(row.id, ()))
                for row in sorted(group, key=_launch_index)
            ],
        )
        for group in groups.values()
    ]
    return answer("Reservations", reservations, token)


def _launch_index(instance: Instance) -> int:
    return instance.launch_index


def reservation_shape(first: Instance, shapes: list[Shape]) -> Shape:
    """A reservation: what one RunInstances made."""
    return {
        "ReservationId": first.reservation_id,
        "OwnerId": first.account_id,
        "Groups": [],
        "Instances": shapes,
    }


def instance_shapes(call: Call, rows: list[Instance]) -> list[Shape]:
    """Instances as EC2 prints them."""
    tags = tags_of(call.session, [row.id for row in rows], call.account_id)
    codes = codes_of(call.session, [row.id for row in rows])
    return [instance_shape(row, tags.get(row.id), codes.get(row.id, ())) for row in rows]


def state_shape(state: str) -> Shape:
    """`{"Code": 16, "Name": "running"}`."""
    return {"Code": INSTANCE_STATES[state], "Name": state}


def instance_shape(instance: Instance, tags: dict[str, str] | None, codes: Iterable[str] = ()) -> Shape:
    """One instance."""
    kind = instance_type(instance.instance_type)
    gone = instance.state == "terminated"
    primary = None if gone or not instance.interfaces else instance.interfaces[0]
    shape: Shape = {
        "InstanceId": instance.id,
        "ImageId": instance.image_id,
        "State": state_shape(instance.state),
        "StateTransitionReason": instance.state_transition_reason,
        "InstanceType": instance.instance_type,
        "AmiLaunchIndex": instance.launch_index,
        "LaunchTime": instance.launched_at,
        "Placement": {
            "AvailabilityZone": instance.availability_zone,
            "AvailabilityZoneId": zone_id(instance.availability_zone, instance.region),
            "GroupName": "",
            "Tenancy": "default",
        },
        "Monitoring": {"State": "enabled" if instance.monitoring else "disabled"},
        "Architecture": instance.architecture,
        "RootDeviceType": "ebs",
        "RootDeviceName": instance.root_device_name,
        "BlockDeviceMappings": [device_shape(row) for row in instance.attachments],
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "BootMode": instance.boot_mode,
        "CurrentInstanceBootMode": instance.boot_mode,
        "EbsOptimized": instance.ebs_optimized,
        "EnaSupport": True,
        "ClientToken": instance.client_token or "",
        "PlatformDetails": "Linux/UNIX",
        "UsageOperation": "RunInstances",
        "ProductCodes": code_shapes(codes),
        "PrivateDnsName": "",
        "PublicDnsName": "",
        "NetworkInterfaces": [],
        "SecurityGroups": [],
        "MetadataOptions": metadata_shape(instance),
        "Tags": tag_set(tags),
    }
    if kind:
        shape["CpuOptions"] = {"CoreCount": kind.vcpus, "ThreadsPerCore": 1}
    if arn := instance.options.get("instance_profile"):
        shape["IamInstanceProfile"] = {"Arn": arn, "Id": profile_id(arn)}
    if instance.key_name:
        shape["KeyName"] = instance.key_name
    if instance.state_reason_code:
        shape["StateReason"] = {
            "Code": instance.state_reason_code,
            "Message": instance.state_reason_message or "",
        }
    if primary is not None:
        shape |= {
            "VpcId": instance.vpc_id,
            "SubnetId": instance.subnet_id,
            "PrivateIpAddress": primary.private_ip,
            "PrivateDnsName": private_name(primary),
            "SourceDestCheck": primary.source_dest_check,
            "SecurityGroups": _groups(primary),
            "NetworkInterfaces": [interface_shape(row, instance) for row in instance.interfaces],
        }
        if primary.public_ip:
            shape["PublicIpAddress"] = primary.public_ip
    return shape


def metadata_shape(instance: Instance) -> Shape:
    """How the instance may ask for its metadata."""
    return {
        "State": "applied",
        "HttpTokens": instance.http_tokens,
        "HttpPutResponseHopLimit": instance.http_hop_limit,
        "HttpEndpoint": instance.http_endpoint,
        "HttpProtocolIpv6": "disabled",
        "InstanceMetadataTags": "enabled" if instance.metadata_tags else "disabled",
    }


def private_name(interface: NetworkInterface) -> str:
    """`ip-172-31-0-5.ec2.internal`."""
    label = addresses.private_label(interface.private_ip)
    return f"{label}.{addresses.domain(interface.region)}"


def _groups(interface: NetworkInterface) -> list[Shape]:
    return [{"GroupId": group.id, "GroupName": group.name} for group in interface.groups]


def device_shape(attachment: Any) -> Shape:
    ebs = attachment_shape(attachment)
    return {
        "DeviceName": attachment.device,
        "Ebs": {
            "VolumeId": ebs["VolumeId"],
            "Status": ebs["State"],
            "AttachTime": ebs["AttachTime"],
            "DeleteOnTermination": ebs["DeleteOnTermination"],
        },
    }


def interface_shape(interface: NetworkInterface, instance: Instance | None) -> Shape:
    """A network interface inside an instance, or by itself."""
    address: Shape = {
        "Primary": True,
        "PrivateIpAddress": interface.private_ip,
        "PrivateDnsName": private_name(interface),
    }
    shape: Shape = {
        "NetworkInterfaceId": interface.id,
        "InterfaceType": "interface",
        "OwnerId": interface.account_id,
        "Status": "in-use" if instance else "available",
        "Description": interface.description,
        "MacAddress": interface.mac,
        "SubnetId": interface.subnet_id,
        "VpcId": interface.vpc_id,
        "PrivateIpAddress": interface.private_ip,
        "PrivateDnsName": private_name(interface),
        "SourceDestCheck": interface.source_dest_check,
        "Groups": _groups(interface),
        "Ipv6Addresses": [],
        "PrivateIpAddresses": [address],
    }
    if instance:
        shape["Attachment"] = {
            "AttachmentId": interface.attachment_id,
            "AttachTime": interface.attached_at,
            "DeleteOnTermination": interface.delete_on_termination,
            "DeviceIndex": interface.device_index,
            "NetworkCardIndex": 0,
            "Status": "attaching" if instance.state == "pending" else interface.attachment_state,
        }
    if public := interface.public_address:
        association = {
            "IpOwnerId": interface.account_id if public.id else "amazon",
            "PublicIp": public.ip,
            "PublicDnsName": "",
        }
        shape["Association"] = address["Association"] = association
    return shape


@operation("ec2", "GetConsoleOutput")
def get_console_output(call: Call, request: Shape) -> Shape:
    """The last 64 KiB that an instance printed on its serial console, base64."""
    (instance,) = selected(call, [request["InstanceId"]])
    output = console.tail(call.settings.machine_directory(instance.id))
    return {
        "InstanceId": instance.id,
        "Output": base64.b64encode(output).decode(),
        "Timestamp": call.now,
    }
