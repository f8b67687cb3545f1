"""Network interfaces: describe, create, delete, change. Attaching is in interface_attachments.py."""

from typing import Any

from sqlalchemy import select

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.instances import interface_shape
from amiable.api.ec2.interface_rows import groups_in, new_interface, private_ip
from amiable.api.faults import combination, invalid, not_found, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.table import Shape, operation
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, PublicAddress, Subnet, drop_interface
from amiable.model.security_group import SecurityGroup
from amiable.model.tag import tags_of
from amiable.model.zone import zone_id


def _group(column: Any) -> filters.Filter:
    return filters.related(NetworkInterface.groups.any, filters.text(column))


def _zone(value: str) -> filters.Condition:
    matching = select(Subnet.id).where(filters.text(Subnet.availability_zone)(value))
    return NetworkInterface.subnet_id.in_(matching)


def _public(column: Any) -> filters.Filter:
    return filters.related(NetworkInterface.public_address.has, filters.text(column))


def _status(value: str) -> filters.Condition:
    used = NetworkInterface.instance_id.is_not(None)
    return (used & filters.constant("in-use")(value)) | (~used & filters.constant("available")(value))


_address = filters.text(NetworkInterface.private_ip)
_account = filters.text(NetworkInterface.account_id)

FILTERS: dict[str, filters.Filter] = {
    "addresses.association.public-ip": _public(PublicAddress.ip),
    "addresses.primary": filters.constant("true"),
    "addresses.private-ip-address": _address,
    "association.allocation-id": _public(PublicAddress.id),
    "association.association-id": _public(PublicAddress.association_id),
    "association.public-ip": _public(PublicAddress.ip),
    "attachment.attach-time": filters.instant(NetworkInterface.attached_at),
    "attachment.attachment-id": filters.text(NetworkInterface.attachment_id),
    "attachment.delete-on-termination": filters.flag(NetworkInterface.delete_on_termination),
    "attachment.device-index": filters.number(NetworkInterface.device_index),
    "attachment.instance-id": filters.text(NetworkInterface.instance_id),
    "attachment.instance-owner-id": _account,
    "attachment.status": filters.text(NetworkInterface.attachment_state),
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
    "source-dest-check": filters.flag(NetworkInterface.source_dest_check),
    "status": _status,
    "subnet-id": filters.text(NetworkInterface.subnet_id),
    "vpc-id": filters.text(NetworkInterface.vpc_id),
}

CREATES = {
    "ClientToken",
    "Description",
    "DryRun",
    "Groups",
    "InterfaceType",
    "PrivateIpAddress",
    "PrivateIpAddresses",
    "SubnetId",
    "TagSpecifications",
}
MODIFIES = ("Attachment", "Description", "Groups", "SourceDestCheck")


@operation("ec2", "DescribeNetworkInterfaces")
def describe_network_interfaces(call: Call, request: Shape) -> Shape:
    """The caller's network interfaces, by id and filters."""
    rows, tagged, token = listed(
        call,
        "DescribeNetworkInterfaces",
        request,
        select_owned(call, NetworkInterface),
        NetworkInterface.id,
        "eni",
        "NetworkInterfaceIds",
        FILTERS,
    )
    return answer("NetworkInterfaces", _shapes(call, rows, tagged), token)


def _shapes(call: Call, rows: list[NetworkInterface], tagged: dict[str, dict[str, str]]) -> list[Shape]:
    """Interfaces by themselves: as inside their instances, and what the instances' answers say elsewhere."""
    users = select(Instance).where(Instance.id.in_({row.instance_id for row in rows}))
    instances = {row.id: row for row in call.session.scalars(users)}
    places = select(Subnet.id, Subnet.availability_zone).where(Subnet.id.in_({row.subnet_id for row in rows}))
    zones: dict[str, str] = {row[0]: row[1] for row in call.session.execute(places)}
    shapes = []
    for row in rows:
        instance = instances.get(row.instance_id or "")
        shape = interface_shape(row, instance)
        if instance:
            shape["Attachment"] |= {"InstanceId": instance.id, "InstanceOwnerId": instance.account_id}
        if (public := row.public_address) and public.id:
            of = {"AllocationId": public.id, "AssociationId": public.association_id}
            shape["Association"] |= of  # the private address shows the same one
        zone = zones[row.subnet_id]
        shapes.append(
            {
                **shape,
                "AvailabilityZone": zone,
                "AvailabilityZoneId": zone_id(zone, row.region),
                "RequesterManaged": False,
                "TagSet": tags.tag_set(tagged.get(row.id)),
            }
        )
    return shapes


@operation("ec2", "CreateNetworkInterface")
def create(call: Call, request: Shape) -> Shape:
    """An interface in a subnet, attached to nothing yet."""
    token = request.get("ClientToken")
    if known := made_before(call, "CreateNetworkInterface", request):
        return _created(call, owned(call, NetworkInterface, "eni", known), token)
    for name, value in request.items():
        if name not in CREATES and value:
            raise unsupported(f"The parameter {name} is not supported.")
    if request.get("InterfaceType") not in (None, "", "interface"):
        raise unsupported("The only interface type is interface.")
    new_tags = tags.specified(request, "network-interface").get("network-interface")
    subnet = owned(call, Subnet, "subnet", request["SubnetId"], lock=True)
    interface = new_interface(
        call,
        subnet,
        groups_in(call, subnet.vpc_id, request.get("Groups") or []),
        private_ip(call, subnet, request),
        description=request.get("Description") or "",
        wants_public_ip=False,
        delete_on_termination=False,
    )
    tags.apply(call, interface.id, "network-interface", new_tags)
    remember(call, "CreateNetworkInterface", request, interface.id)
    return _created(call, interface, token)


def _created(call: Call, interface: NetworkInterface, token: str | None) -> Shape:
    call.session.flush()
    own_tags = tags_of(call.session, [interface.id], call.account_id)
    said = {"ClientToken": token} if token else {}
    return {"NetworkInterface": _shapes(call, [interface], own_tags)[0], **said}


@operation("ec2", "DeleteNetworkInterface")
def delete(call: Call, request: Shape) -> Shape:
    """Delete an interface that is attached to nothing; an elastic address on it is free again."""
    interface = owned(call, NetworkInterface, "eni", request["NetworkInterfaceId"], lock=True)
    if interface.instance_id is not None:
        raise invalid(f"Network interface '{interface.id}' is currently in use.")
    drop_interface(call.session, interface)
    return {}


@operation("ec2", "ModifyNetworkInterfaceAttribute")
def modify_network_interface_attribute(call: Call, request: Shape) -> Shape:
    """Change groups, source/destination check, description or deletion on termination; real at once."""
    interface = owned(call, NetworkInterface, "eni", request["NetworkInterfaceId"], lock=True)
    for name, value in request.items():
        if name not in (*MODIFIES, "NetworkInterfaceId", "DryRun") and value not in (None, [], {}):
            raise unsupported(f"The attribute {name} is not supported.")
    given = [name for name in MODIFIES if request.get(name) not in (None, [])]
    if len(given) != 1:
        raise combination("Exactly one attribute must be specified.")
    if "Description" in given:
        interface.description = request["Description"].get("Value") or ""
    elif "Groups" in given:
        change_groups(call, interface, request["Groups"])
    elif "SourceDestCheck" in given:
        change_check(call, interface, check=bool(request["SourceDestCheck"].get("Value")))
    else:
        _change_attachment(interface, request["Attachment"])
    return {}


def change_groups(call: Call, interface: NetworkInterface, group_ids: list[str]) -> None:
    """Give an interface other groups, at once also for connections under way."""
    interface.groups = groups_in(call, interface.vpc_id, group_ids)
    call.session.flush()
    refresh_network(call, interface.vpc_id)


def change_check(call: Call, interface: NetworkInterface, *, check: bool) -> None:
    """Let an interface forward, or no more."""
    interface.source_dest_check = check
    call.session.flush()
    refresh_network(call, interface.vpc_id)


def _change_attachment(interface: NetworkInterface, attachment: Shape) -> None:
    if attachment.get("DefaultEnaQueueCount") or attachment.get("EnaQueueCount"):
        raise unsupported("The number of queues is not supported.")
    if attachment.get("AttachmentId") != interface.attachment_id or interface.instance_id is None:
        raise not_found("eni-attach", str(attachment.get("AttachmentId")))
    if attachment.get("DeleteOnTermination") is not None:
        interface.delete_on_termination = bool(attachment["DeleteOnTermination"])


@operation("ec2", "ResetNetworkInterfaceAttribute")
def reset_network_interface_attribute(call: Call, request: Shape) -> Shape:
    """Switch the source/destination check on again."""
    interface = owned(call, NetworkInterface, "eni", request["NetworkInterfaceId"], lock=True)
    change_check(call, interface, check=True)
    return {}


@operation("ec2", "DescribeNetworkInterfaceAttribute")
def describe_network_interface_attribute(call: Call, request: Shape) -> Shape:
    """One attribute of a network interface."""
    interface = owned(call, NetworkInterface, "eni", request["NetworkInterfaceId"])
    (shape,) = _shapes(call, [interface], {})
    name = request.get("Attribute")
    attributes: dict[str, Shape] = {
        "attachment": {"Attachment": shape["Attachment"]} if "Attachment" in shape else {},
        "description": {"Description": {"Value": interface.description}},
        "groupSet": {"Groups": shape["Groups"]},
        "sourceDestCheck": {"SourceDestCheck": {"Value": interface.source_dest_check}},
        "associatePublicIpAddress": {"AssociatePublicIpAddress": interface.wants_public_ip},
    }
    if name not in attributes:
        raise invalid(f"Value ({name}) for parameter attribute is invalid. Unknown attribute.")
    return {"NetworkInterfaceId": interface.id, **attributes[name]}
