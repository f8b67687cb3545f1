"""The rows of network interfaces: subnets, groups and addresses that requests name, checked; making one."""

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.faults import check_ids, combination, invalid, unsupported
from amiable.api.quotas import check_quota
from amiable.api.table import Shape
from amiable.compute.net import addresses
from amiable.core import ids
from amiable.core.errors import LimitExceeded
from amiable.model.network import NetworkInterface, PublicAddress, Subnet, taken_addresses
from amiable.model.security_group import SecurityGroup, default_group
from amiable.protocol.faults import Fault


def groups_in(
    call: Call, vpc_id: str, group_ids: Sequence[str], names: Sequence[str] = ()
) -> list[SecurityGroup]:
    """The VPC's groups of those ids and names; its default group when none is named."""
    check_ids("sg", *group_ids)
    in_vpc = SecurityGroup.vpc_id == vpc_id
    groups: dict[str, SecurityGroup] = {}
    for column, wanted in ((SecurityGroup.id, group_ids), (SecurityGroup.name, names)):
        for value in wanted:
            group = call.session.scalar(select(SecurityGroup).where(in_vpc, column == value))
            if group is None:
                raise Fault("InvalidGroup.NotFound", f"The security group '{value}' does not exist")
            groups[group.id] = group
    return list(groups.values()) or [default_group(call.session, vpc_id)]


def private_ip(call: Call, subnet: Subnet, request: Shape) -> str | None:
    """The private address that a specification asks for, by either of its members; None for any."""
    listed = [
        one["PrivateIpAddress"] for one in request.get("PrivateIpAddresses") or () if one.get("Primary")
    ]
    if len(request.get("PrivateIpAddresses") or ()) > len(listed):
        raise unsupported("Secondary private addresses are not supported: an interface has one.")
    if request.get("PrivateIpAddress") and listed:
        raise combination("Give the primary address by PrivateIpAddress or PrivateIpAddresses, not both.")
    if len(listed) > 1:
        raise combination("Only one private address can be the primary one.")
    wanted = request.get("PrivateIpAddress") or next(iter(listed), None)
    if not wanted:
        return None
    try:
        IPv4Address(wanted)
    except AddressValueError as wrong:
        raise invalid(f"Invalid IPv4 address: {wanted}") from wrong
    if not addresses.usable(subnet.cidr, wanted):
        raise invalid(f"Address {wanted} does not fall within the subnet's address range")
    if wanted in taken_addresses(call.session, subnet.id):
        raise Fault("InvalidIPAddress.InUse", f"Address {wanted} is in use.")
    return str(wanted)


def new_interface(
    call: Call, subnet: Subnet, groups: list[SecurityGroup], wanted_ip: str | None, **values: Any
) -> NetworkInterface:
    """An interface in a subnet, attached to nothing unless `values` (its columns) say so."""
    query = select(func.count()).where(NetworkInterface.account_id == call.account_id)
    held = call.session.scalar(query.where(NetworkInterface.region == call.region)) or 0
    check_quota(call, "network-interfaces", held + 1)
    try:
        address = wanted_ip or addresses.free_private(subnet.cidr, taken_addresses(call.session, subnet.id))
    except LimitExceeded as full:
        raise Fault("InsufficientFreeAddressesInSubnet", str(full)) from full
    interface_id = ids.new_id("eni")
    interface = NetworkInterface(
        id=interface_id,
        region=call.region,
        account_id=call.account_id,
        vpc_id=subnet.vpc_id,
        subnet_id=subnet.id,
        mac=addresses.mac(interface_id),
        private_ip=address,
        groups=groups,
        **values,
    )
    call.session.add(interface)
    call.session.flush()
    return interface


def attach_row(
    call: Call,
    interface: NetworkInterface,
    instance_id: str,
    index: int,
    *,
    delete_on_termination: bool,
    state: str = "attached",
) -> None:
    """Note that an interface belongs to an instance now."""
    interface.instance_id, interface.device_index = instance_id, index
    interface.attachment_id, interface.attached_at = ids.new_id("eni-attach"), call.now
    interface.delete_on_termination, interface.attachment_state = delete_on_termination, state
    call.session.flush()


def give_public_address(call: Call, interface: NetworkInterface) -> None:
    """A public address from the pool, if the interface wants one and has none."""
    if not interface.wants_public_ip or interface.public_address is not None:
        return
    interface.public_address = PublicAddress(
        ip=free_public(call),
        interface_id=interface.id,
        account_id=interface.account_id,
        region=interface.region,
        allocated_at=call.now,
    )
    call.session.flush()


def free_public(call: Call) -> str:
    """A public address that nobody has."""
    taken = set(call.session.scalars(select(PublicAddress.ip)))
    try:
        return addresses.free_public(call.settings.public_pool, taken)
    except LimitExceeded as full:
        raise Fault("InsufficientAddressCapacity", str(full)) from full
