"""Where a new instance is placed: subnet, groups, addresses, from the flat parameters or from
`NetworkInterfaces` (one interface, device index 0)."""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import check_ids, combination, invalid
from amiable.api.owned import owned
from amiable.api.table import Shape
from amiable.compute.net import addresses
from amiable.core import ids
from amiable.core.errors import LimitExceeded
from amiable.model.instance import Instance
from amiable.model.network import (
    NetworkInterface,
    PublicAddress,
    Subnet,
    default_vpc,
    taken_addresses,
)
from amiable.model.security_group import SecurityGroup, default_group
from amiable.protocol.faults import Fault

_INTERFACE_MEMBERS = {
    "DeviceIndex",
    "SubnetId",
    "Groups",
    "AssociatePublicIpAddress",
    "DeleteOnTermination",
    "Description",
    "PrivateIpAddress",
}


@dataclass(frozen=True)
class Placement:
    """What the primary interface of a new instance will be."""

    subnet: Subnet
    groups: list[SecurityGroup]
    private_ip: str | None
    public: bool
    description: str
    delete_on_termination: bool


def place(call: Call, request: Shape) -> Placement:
    """The placement that a RunInstances request asks for."""
    interface = _interface(request)
    subnet = _subnet(
        call, interface.get("SubnetId"), (request.get("Placement") or {}).get("AvailabilityZone")
    )
    public = interface.get("AssociatePublicIpAddress")
    return Placement(
        subnet=subnet,
        groups=_groups(call, subnet, interface.get("Groups") or [], request.get("SecurityGroups") or []),
        private_ip=_private_ip(call, subnet, interface.get("PrivateIpAddress")),
        public=subnet.map_public_ip_on_launch if public is None else bool(public),
        description=interface.get("Description") or "",
        delete_on_termination=interface.get("DeleteOnTermination", True),
    )


def _interface(request: Shape) -> dict[str, Any]:
    """The primary interface's specification, whichever way it was written."""
    given = request.get("NetworkInterfaces") or []
    if not given:
        return {
            "SubnetId": request.get("SubnetId"),
            "Groups": request.get("SecurityGroupIds"),
            "PrivateIpAddress": request.get("PrivateIpAddress"),
        }
    for flat in ("SubnetId", "SecurityGroupIds", "SecurityGroups", "PrivateIpAddress"):
        if request.get(flat):
            raise combination(
                f"Network interfaces and an instance-level {flat} may not be specified together."
            )
    if len(given) > 1:
        raise Fault("UnsupportedOperation", "More than one network interface at launch is not supported.")
    unknown = [key for key, value in given[0].items() if key not in _INTERFACE_MEMBERS and value]
    if unknown:
        raise Fault("UnsupportedOperation", f"NetworkInterfaces.{unknown[0]} is not supported.")
    if given[0].get("DeviceIndex", 0) != 0:
        raise invalid("The first network interface must have device index 0.")
    return dict(given[0])


def _subnet(call: Call, subnet_id: str | None, zone: str | None) -> Subnet:
    if subnet_id:
        subnet = owned(call, Subnet, "subnet", subnet_id)
        if zone and zone != subnet.availability_zone:
            raise invalid(f"The subnet {subnet_id} is in {subnet.availability_zone}, not in {zone}.")
        return subnet
    if zone and zone not in call.settings.zone_names(call.region):
        raise invalid(f"Invalid availability zone: [{zone}]")
    vpc = default_vpc(call.session, call.account_id, call.region)
    if vpc is None or not vpc.subnets:
        raise Fault("VPCIdNotSpecified", "No default VPC for this user. Specify a subnet to launch into.")
    # Clients send an empty zone to say none (Packer)
    chosen = [subnet for subnet in vpc.subnets if not zone or zone == subnet.availability_zone]
    return chosen[0]


def _groups(call: Call, subnet: Subnet, group_ids: list[str], names: list[str]) -> list[SecurityGroup]:
    check_ids("sg", *group_ids)
    in_vpc = SecurityGroup.vpc_id == subnet.vpc_id
    groups: dict[str, SecurityGroup] = {}
    for column, wanted in ((SecurityGroup.id, group_ids), (SecurityGroup.name, names)):
        for value in wanted:
            group = call.session.scalar(select(SecurityGroup).where(in_vpc, column == value))
            if group is None:
                raise Fault("InvalidGroup.NotFound", f"The security group '{value}' does not exist")
            groups[group.id] = group
    return list(groups.values()) or [default_group(call.session, subnet.vpc_id)]


def _private_ip(call: Call, subnet: Subnet, wanted: str | None) -> str | None:
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
    return wanted


def add_interface(call: Call, instance: Instance, placement: Placement) -> NetworkInterface:
    """The primary interface of a new instance, with its addresses."""
    interface_id = ids.new_id("eni")
    try:
        private_ip = placement.private_ip or addresses.free_private(
            placement.subnet.cidr, taken_addresses(call.session, placement.subnet.id)
        )
    except LimitExceeded as full:
        raise Fault("InsufficientFreeAddressesInSubnet", str(full)) from full
    interface = NetworkInterface(
        id=interface_id,
        region=call.region,
        account_id=call.account_id,
        vpc_id=placement.subnet.vpc_id,
        subnet_id=placement.subnet.id,
        instance_id=instance.id,
        attachment_id=ids.new_id("eni-attach"),
        mac=addresses.mac(interface_id),
        private_ip=private_ip,
        description=placement.description,
        wants_public_ip=placement.public,
        delete_on_termination=placement.delete_on_termination,
        attached_at=call.now,
        groups=placement.groups,
    )
    call.session.add(interface)
    call.session.flush()
    give_public_address(call, interface)
    return interface


def give_public_address(call: Call, interface: NetworkInterface) -> None:
    """A public address from the pool, if the interface wants one and has none."""
    if not interface.wants_public_ip or interface.public_address is not None:
        return
    taken = set(call.session.scalars(select(PublicAddress.ip)))
    try:
        ip = addresses.free_public(call.settings.public_pool, taken)
    except LimitExceeded as full:
        raise Fault("InsufficientAddressCapacity", str(full)) from full
    interface.public_address = PublicAddress(
        ip=ip,
        interface_id=interface.id,
        account_id=interface.account_id,
        region=interface.region,
        allocated_at=call.now,
    )
    call.session.flush()
