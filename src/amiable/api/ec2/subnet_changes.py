"""Subnets: create, delete, their attributes."""

from ipaddress import IPv4Network

from sqlalchemy import delete, select

from amiable.api import tags
from amiable.api.call import Call
from amiable.api.ec2.ranges import checked_range
from amiable.api.ec2.subnets import PREFIXES, subnet_shape
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.model.network import NetworkInterface, Subnet, Vpc, create_subnet, default_vpc
from amiable.model.routing import RouteTableAssociation
from amiable.model.tag import drop_tags
from amiable.model.zone import zone_id
from amiable.protocol.faults import Fault

_UNBUILT = ("Ipv6CidrBlock", "OutpostArn", "Ipv6Native", "Ipv4IpamPoolId", "Ipv4NetmaskLength")
_IPV6_POOL = ("Ipv6IpamPoolId", "Ipv6NetmaskLength")


@operation("ec2", "CreateSubnet")
def create(call: Call, request: Shape) -> Shape:
    """A subnet of a VPC, in one zone; its instances get public addresses only when asked for."""
    for name in (*_UNBUILT, *_IPV6_POOL):
        if request.get(name):
            raise unsupported(f"The parameter {name} is not supported: subnets have one IPv4 range.")
    if not request.get("CidrBlock"):
        raise Fault("MissingParameter", "The request must contain the parameter cidrBlock")
    new_tags = tags.specified(request, "subnet").get("subnet")
    vpc = owned(call, Vpc, "vpc", request["VpcId"], lock=True)
    zone = _zone(call, request)
    cidr = checked_range(request["CidrBlock"], "cidrBlock")
    if cidr.prefixlen not in PREFIXES or not cidr.subnet_of(IPv4Network(vpc.cidr)):
        raise Fault("InvalidSubnet.Range", f"The CIDR '{request['CidrBlock']}' is invalid.")
    if any(cidr.overlaps(IPv4Network(one.cidr)) for one in vpc.subnets):
        raise Fault("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet")
    check_quota(call, "subnets", len(vpc.subnets) + 1)
    subnet = create_subnet(call.session, vpc, str(cidr), zone)
    tags.apply(call, subnet.id, "subnet", new_tags)
    return {"Subnet": subnet_shape(subnet, new_tags, 0)}


def _zone(call: Call, request: Shape) -> str:
    """The zone of AvailabilityZone or AvailabilityZoneId; the first of the region when none is named."""
    zones = call.settings.zone_names(call.region)
    name, code = request.get("AvailabilityZone"), request.get("AvailabilityZoneId")
    if name and code:
        raise combination("Name the zone either by availabilityZone or by availabilityZoneId.")
    if not name and not code:
        return zones[0]
    found = [zone for zone in zones if zone == name or zone_id(zone, call.region) == code]
    if not found:
        raise invalid(
            f"Value ({name or code}) for parameter availabilityZone is invalid. Subnets can currently only "
            f"be created in the following availability zones: {', '.join(zones)}."
        )
    return found[0]


@operation("ec2", "CreateDefaultSubnet")
def create_default(call: Call, request: Shape) -> Shape:
    """The default subnet of a zone again, a /20 in the default VPC, after it was deleted."""
    if request.get("Ipv6Native"):
        raise unsupported("This server has no IPv6: Ipv6Native is not supported.")
    default = default_vpc(call.session, call.account_id, call.region)
    if default is None:
        raise Fault("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")
    vpc = owned(call, Vpc, "vpc", default.id, lock=True)
    zone = _zone(call, request)
    if any(one.default_for_az and one.availability_zone == zone for one in vpc.subnets):
        raise Fault(
            "DefaultSubnetAlreadyExistsInAvailabilityZone",
            f"A default subnet already exists in the availability zone {zone}.",
        )
    taken = [IPv4Network(one.cidr) for one in vpc.subnets]
    free = (
        cidr
        for cidr in IPv4Network(vpc.cidr).subnets(new_prefix=20)
        if not any(cidr.overlaps(one) for one in taken)
    )
    cidr = next(free, None)
    if cidr is None:
        raise Fault("InsufficientFreeAddressesInSubnet", f"The VPC {vpc.id} has no free /20 range.")
    subnet = create_subnet(call.session, vpc, str(cidr), zone, default=True)
    return {"Subnet": subnet_shape(subnet, None, 0)}


@operation("ec2", "DeleteSubnet")
def delete_subnet(call: Call, request: Shape) -> Shape:
    """Delete a subnet that has no network interface."""
    subnet = owned(call, Subnet, "subnet", request["SubnetId"], lock=True)
    held = select(NetworkInterface.id).where(NetworkInterface.subnet_id == subnet.id)
    if call.session.scalar(held.limit(1)) is not None:
        raise Fault(
            "DependencyViolation", f"The subnet '{subnet.id}' has dependencies and cannot be deleted."
        )
    call.session.execute(delete(RouteTableAssociation).where(RouteTableAssociation.subnet_id == subnet.id))
    drop_tags(call.session, subnet.id)
    call.session.delete(subnet)
    refresh_network(call, subnet.vpc_id)
    return {}


@operation("ec2", "ModifySubnetAttribute")
def modify_subnet_attribute(call: Call, request: Shape) -> Shape:
    """Whether new instances in the subnet get public addresses."""
    subnet = owned(call, Subnet, "subnet", request["SubnetId"], lock=True)
    for name, value in request.items():
        asked = value.get("Value") if isinstance(value, dict) else value
        harmless = name in ("SubnetId", "MapPublicIpOnLaunch") or value == "ip-name"
        if asked and not harmless:
            raise unsupported(f"The attribute {name} is not supported.")
    if request.get("MapPublicIpOnLaunch") is not None:
        subnet.map_public_ip_on_launch = bool(request["MapPublicIpOnLaunch"].get("Value"))
    return {}
