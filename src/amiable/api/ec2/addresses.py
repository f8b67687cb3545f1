"""Elastic addresses: allocate, associate, disassociate, release, describe.

    free ──Associate──► on an interface ──Disassociate──► free ──Release──► gone

On an interface it takes the place of the auto-assigned address, at once on a running instance. When it
leaves, an interface that wants a public address gets a new one.
"""

from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import func, select

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.ec2.interface_rows import free_public, give_public_address
from amiable.api.ec2.routes import only_interface
from amiable.api.faults import check_ids, combination, invalid, not_found, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import listed, owned, select_owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.core import ids
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, PublicAddress, release_public
from amiable.model.routing import gateway_of
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault


def _interface(column: Any) -> filters.Filter:
    def apply(value: str) -> filters.Condition:
        matching = select(NetworkInterface.id).where(filters.text(column)(value))
        return PublicAddress.interface_id.in_(matching)

    return apply


FILTERS: dict[str, filters.Filter] = {
    "allocation-id": filters.text(PublicAddress.id),
    "association-id": filters.text(PublicAddress.association_id),
    "domain": filters.constant("vpc"),
    "instance-id": _interface(NetworkInterface.instance_id),
    "network-interface-id": filters.text(PublicAddress.interface_id),
    "network-interface-owner-id": _interface(NetworkInterface.account_id),
    "private-ip-address": _interface(NetworkInterface.private_ip),
    "public-ip": filters.text(PublicAddress.ip),
}


def _elastic(call: Call) -> Any:
    return select_owned(call, PublicAddress).where(PublicAddress.id.is_not(None))


@operation("ec2", "AllocateAddress")
def allocate(call: Call, request: Shape) -> Shape:
    """Take an address of the public pool, any or a named one, until it is released."""
    for name in ("PublicIpv4Pool", "CustomerOwnedIpv4Pool", "IpamPoolId"):
        if request.get(name) not in (None, "", "amazon"):
            raise unsupported(f"The parameter {name} is not supported: there is one public pool.")
    if request.get("Domain") not in (None, "", "vpc"):
        raise invalid(f"Value ({request['Domain']}) for parameter domain is invalid. Use vpc.")
    if request.get("NetworkBorderGroup") not in (None, "", call.region):
        raise unsupported("The only network border group is the region itself.")
    new_tags = tags.specified(request, "elastic-ip").get("elastic-ip")
    held = call.session.scalar(
        select(func.count()).where(
            PublicAddress.id.is_not(None),
            PublicAddress.account_id == call.account_id,
            PublicAddress.region == call.region,
        )
    )
    check_quota(call, "addresses", (held or 0) + 1)
    row = PublicAddress(
        ip=_named(call, request["Address"]) if request.get("Address") else free_public(call),
        id=ids.new_id("eipalloc"),
        account_id=call.account_id,
        region=call.region,
        allocated_at=call.now,
    )
    call.session.add(row)
    call.session.flush()
    tags.apply(call, str(row.id), "elastic-ip", new_tags)
    return {
        "PublicIp": row.ip,
        "AllocationId": row.id,
        "Domain": "vpc",
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": call.region,
    }


def _named(call: Call, text: str) -> str:
    """A free address of the pool that the request names."""
    pool = IPv4Network(call.settings.public_pool)
    try:
        address = IPv4Address(text)
    except AddressValueError as wrong:
        raise invalid(f"Invalid IPv4 address: {text}") from wrong
    inside = pool.network_address < address < pool.broadcast_address
    if not inside or call.session.get(PublicAddress, str(address)) is not None:
        raise Fault("InvalidAddress.NotFound", f"Address '{text}' is not available.")
    return str(address)


@operation("ec2", "AssociateAddress")
def associate(call: Call, request: Shape) -> Shape:
    """Put an address on an interface, or on an instance's only one; others that were there leave."""
    address = _address(call, request)
    interface = _target(call, request)
    if request.get("PrivateIpAddress") not in (None, "", interface.private_ip):
        raise invalid(f"{request['PrivateIpAddress']} is no address of interface {interface.id}.")
    if gateway_of(call.session, interface.vpc_id) is None:
        raise Fault(
            "Gateway.NotAttached", f"Network {interface.vpc_id} is not attached to any internet gateway"
        )
    if address.interface_id == interface.id:
        return {"AssociationId": address.association_id}
    if address.interface_id is not None:
        if request.get("AllowReassociation") is False:
            raise Fault(
                "Resource.AlreadyAssociated",
                f"resource {address.id} is already associated with associate-id {address.association_id}",
            )
        _take_away(call, address)
    release_public(call.session, interface, elastic=True)
    address.interface_id, address.association_id = interface.id, ids.new_id("eipassoc")
    call.session.flush()
    call.session.refresh(interface)
    refresh_network(call, interface.vpc_id)
    return {"AssociationId": address.association_id}


def _address(call: Call, request: Shape) -> PublicAddress:
    """The caller's address of an AllocationId or a PublicIp, locked."""
    if allocation_id := request.get("AllocationId"):
        check_ids("eipalloc", allocation_id)
        found = call.session.scalar(_elastic(call).where(PublicAddress.id == allocation_id).with_for_update())
        if found is None:
            raise not_found("eipalloc", allocation_id)
    elif ip := request.get("PublicIp"):
        found = call.session.scalar(_elastic(call).where(PublicAddress.ip == ip).with_for_update())
        if found is None:
            raise Fault("InvalidAddress.NotFound", f"Address '{ip}' not found.")
    else:
        raise Fault("MissingParameter", "Either public IP or allocation id must be specified")
    return found  # type: ignore[no-any-return]


def _target(call: Call, request: Shape) -> NetworkInterface:
    instance_id, interface_id = request.get("InstanceId"), request.get("NetworkInterfaceId")
    if instance_id and interface_id:
        raise combination("Name either an instance or a network interface.")
    if interface_id:
        return owned(call, NetworkInterface, "eni", interface_id, lock=True)
    if not instance_id:
        raise Fault("MissingParameter", "Either instance ID or network interface ID must be specified")
    instance = owned(call, Instance, "i", instance_id)
    if instance.state in ("shutting-down", "terminated"):
        raise Fault("InvalidInstanceID", f"The instance '{instance_id}' is {instance.state}.")
    return only_interface(instance)


def _take_away(call: Call, address: PublicAddress) -> None:
    """Free an address; its interface gets a new auto-assigned one, if it wants one and is in use."""
    interface = call.session.get_one(NetworkInterface, address.interface_id)
    release_public(call.session, interface, elastic=True)
    instance = call.session.get(Instance, interface.instance_id) if interface.instance_id else None
    if instance is not None and instance.state in ("pending", "running"):
        give_public_address(call, interface)
    refresh_network(call, interface.vpc_id)


@operation("ec2", "DisassociateAddress")
def disassociate(call: Call, request: Shape) -> Shape:
    """Take an address off its interface, at once."""
    if association_id := request.get("AssociationId"):
        check_ids("eipassoc", association_id)
        query = _elastic(call).where(PublicAddress.association_id == association_id).with_for_update()
        address = call.session.scalar(query)
        if address is None:
            raise not_found("eipassoc", association_id)
    else:
        address = _address(call, {"PublicIp": request.get("PublicIp")})
        if address.interface_id is None:
            raise Fault("InvalidAssociationID.NotFound", f"Address '{address.ip}' is not associated.")
    _take_away(call, address)
    return {}


@operation("ec2", "ReleaseAddress")
def release(call: Call, request: Shape) -> Shape:
    """Give a free address back to the pool."""
    address = _address(call, request)
    if address.interface_id is not None:
        raise Fault("InvalidIPAddress.InUse", f"Address {address.ip} is in use.")
    drop_tags(call.session, str(address.id))
    call.session.delete(address)
    return {}


@operation("ec2", "DescribeAddresses")
def describe_addresses(call: Call, request: Shape) -> Shape:
    """The caller's elastic addresses, by id, by address and filters."""
    wanted = list(request.get("PublicIps") or ())
    known = set(
        call.session.scalars(
            _elastic(call).with_only_columns(PublicAddress.ip).where(PublicAddress.ip.in_(wanted))
        )
    )
    if missing := [ip for ip in wanted if ip not in known]:
        raise Fault("InvalidAddress.NotFound", f"Address '{missing[0]}' not found.")
    narrowed = [PublicAddress.ip.in_(wanted)] if wanted else []
    rows, tagged, _ = listed(
        call,
        "DescribeAddresses",
        request,
        _elastic(call),
        PublicAddress.id,
        "eipalloc",
        "AllocationIds",
        FILTERS,
        narrowed,
    )
    held = select(NetworkInterface).where(NetworkInterface.id.in_([row.interface_id for row in rows]))
    interfaces = {row.id: row for row in call.session.scalars(held)}
    return {"Addresses": [_shape(row, interfaces.get(row.interface_id), tagged.get(row.id)) for row in rows]}


def _shape(row: PublicAddress, interface: NetworkInterface | None, own_tags: dict[str, str] | None) -> Shape:
    shape: Shape = {
        "PublicIp": row.ip,
        "AllocationId": row.id,
        "Domain": "vpc",
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": row.region,
        "Tags": tags.tag_set(own_tags),
    }
    if interface is None:
        return shape
    return {
        **shape,
        "AssociationId": row.association_id,
        "NetworkInterfaceId": interface.id,
        "NetworkInterfaceOwnerId": interface.account_id,
        "PrivateIpAddress": interface.private_ip,
        **({"InstanceId": interface.instance_id} if interface.instance_id else {}),
    }


@operation("ec2", "DescribeAddressesAttribute")
def describe_addresses_attribute(call: Call, request: Shape) -> Shape:
    """The reverse names of elastic addresses: none, for this server has no public names."""
    check_ids("eipalloc", *(request.get("AllocationIds") or ()))
    return {"Addresses": []}
