"""Network interfaces: describe. Each belongs to an instance for as long as it exists."""

from typing import Any

from sqlalchemy import select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.instances import interface_shape
from amiable.api.owned import answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, PublicAddress, Subnet
from amiable.model.security_group import SecurityGroup
from amiable.model.zone import zone_id


def _group(column: Any) -> filters.Filter:
    return filters.related(NetworkInterface.groups.any, filters.text(column))


def _zone(value: str) -> filters.Condition:
    matching = select(Subnet.id).where(filters.text(Subnet.availability_zone)(value))
    return NetworkInterface.subnet_id.in_(matching)


_address = filters.text(NetworkInterface.private_ip)
_public = filters.related(NetworkInterface.public_address.has, filters.text(PublicAddress.ip))
_account = filters.text(NetworkInterface.account_id)

FILTERS: dict[str, filters.Filter] = {
    "addresses.association.public-ip": _public,
    "addresses.primary": filters.constant("true"),
    "addresses.private-ip-address": _address,
    "association.allocation-id": filters.constant(None),
    "association.association-id": filters.constant(None),
    "association.public-ip": _public,
    "attachment.attach-time": filters.instant(NetworkInterface.attached_at),
    "attachment.attachment-id": filters.text(NetworkInterface.attachment_id),
    "attachment.delete-on-termination": filters.flag(NetworkInterface.delete_on_termination),
    "attachment.device-index": filters.number(NetworkInterface.device_index),
    "attachment.instance-id": filters.text(NetworkInterface.instance_id),
    "attachment.instance-owner-id": _account,
    "availability-zone": _zone,
    "description": filters.text(NetworkInterface.description),
    "group-id": _group(SecurityGroup.id),
    "group-name": _group(SecurityGroup.name),
    "interface-type": filters.constant("interface"),
    "ipv6-addresses.ipv6-address": filters.constant(None),
    "mac-address": filters.text(NetworkInterface.mac),
    "network-interface-id": filters.text(NetworkInterface.id),
    "owner-id": _account,
    "private-ip-address": _address,
    "requester-id": filters.constant(None),
    "requester-managed": filters.constant("false"),
    "source-dest-check": filters.constant("true"),
    "status": filters.constant("in-use"),
    "subnet-id": filters.text(NetworkInterface.subnet_id),
    "vpc-id": filters.text(NetworkInterface.vpc_id),
}


@operation("ec2", "DescribeNetworkInterfaces")
def describe_network_interfaces(call: Call, request: Shape) -> Shape:
    """The caller's network interfaces, by id and filters."""
    query = select_owned(call, NetworkInterface).where(NetworkInterface.instance_id.is_not(None))
    rows, tagged, token = listed(
        call,
        "DescribeNetworkInterfaces",
        request,
        query,
        NetworkInterface.id,
        "eni",
        "NetworkInterfaceIds",
        FILTERS,
    )
    instances = {
        row.id: row
        for row in call.session.scalars(
            select(Instance).where(Instance.id.in_({row.instance_id for row in rows}))
        )
    }
    shapes = [_shape(row, instances[row.instance_id], tagged.get(row.id)) for row in rows]
    return answer("NetworkInterfaces", shapes, token)


def _shape(interface: NetworkInterface, instance: Instance, own_tags: dict[str, str] | None) -> Shape:
    """An interface by itself: as inside its instance, and what the instance's answer says elsewhere."""
    shape = interface_shape(interface, instance)
    shape["Attachment"] |= {"InstanceId": instance.id, "InstanceOwnerId": instance.account_id}
    zone = instance.availability_zone
    return {
        **shape,
        "AvailabilityZone": zone,
        "AvailabilityZoneId": zone_id(zone, instance.region),
        "RequesterManaged": False,
        "TagSet": tag_set(own_tags),
    }
