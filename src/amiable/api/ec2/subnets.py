"""Subnets: describe, with the addresses that are really free."""

from collections.abc import Sequence

from sqlalchemy import case, func, literal, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.owned import answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.compute.net import addresses
from amiable.model.network import NetworkInterface, Subnet
from amiable.model.zone import zone_id

PREFIXES = range(16, 29)
"""How large a subnet may be (Amazon VPC User Guide, "Subnet CIDR blocks")."""

_usable = case(
    *((Subnet.cidr.like(f"%/{prefix}"), addresses.usable_count(f"0.0.0.0/{prefix}")) for prefix in PREFIXES),
    else_=0,
)
_used = (
    select(func.count())
    .select_from(NetworkInterface)
    .where(NetworkInterface.subnet_id == Subnet.id)
    .correlate(Subnet)
    .scalar_subquery()
)
_arn = (
    literal("arn:aws:ec2:")
    + Subnet.region
    + literal(":")
    + Subnet.account_id
    + literal(":subnet/")
    + Subnet.id
)

_zone = filters.text(Subnet.availability_zone)
_cidr = filters.text(Subnet.cidr)
_default = filters.flag(Subnet.default_for_az)

FILTERS: dict[str, filters.Filter] = {
    "availability-zone": _zone,
    "availabilityZone": _zone,
    "available-ip-address-count": filters.number(_usable - _used),
    "cidr": _cidr,
    "cidr-block": _cidr,
    "cidrBlock": _cidr,
    "customer-owned-ipv4-pool": filters.constant(None),
    "default-for-az": _default,
    "defaultForAz": _default,
    "enable-dns64": filters.constant("false"),
    "ipv6-cidr-block-association.ipv6-cidr-block": filters.constant(None),
    "ipv6-cidr-block-association.association-id": filters.constant(None),
    "ipv6-cidr-block-association.state": filters.constant(None),
    "ipv6-native": filters.constant("false"),
    "map-customer-owned-ip-on-launch": filters.constant("false"),
    "map-public-ip-on-launch": filters.flag(Subnet.map_public_ip_on_launch),
    "outpost-arn": filters.constant(None),
    "owner-id": filters.text(Subnet.account_id),
    "private-dns-name-options-on-launch.hostname-type": filters.constant("ip-name"),
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": filters.constant("false"),
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": filters.constant("false"),
    "state": filters.constant("available"),
    "subnet-arn": filters.text(_arn),
    "subnet-id": filters.text(Subnet.id),
    "vpc-id": filters.text(Subnet.vpc_id),
}


@operation("ec2", "DescribeSubnets")
def describe_subnets(call: Call, request: Shape) -> Shape:
    """The caller's subnets, by id and filters."""
    rows = FILTERS | {name: _zone_id(call) for name in ("availability-zone-id", "availabilityZoneId")}
    subnets, tagged, token = listed(
        call, "DescribeSubnets", request, select_owned(call, Subnet), Subnet.id, "subnet", "SubnetIds", rows
    )
    used = _interfaces(call, [subnet.id for subnet in subnets])
    shapes = [subnet_shape(row, tagged.get(row.id), used.get(row.id, 0)) for row in subnets]
    return answer("Subnets", shapes, token)


def _zone_id(call: Call) -> filters.Filter:
    """Zone ids are not kept: they follow from the names of the region's zones."""
    names = {zone_id(zone, call.region): zone for zone in call.settings.zone_names(call.region)}
    pairs = ((Subnet.availability_zone == zone, found) for found, zone in names.items())
    return filters.text(case(*pairs, else_=""))


def _interfaces(call: Call, subnet_ids: Sequence[str]) -> dict[str, int]:
    """How many interfaces each subnet has, where it has any."""
    counted = (
        select(NetworkInterface.subnet_id, func.count())
        .where(NetworkInterface.subnet_id.in_(subnet_ids))
        .group_by(NetworkInterface.subnet_id)
    )
    return {row[0]: row[1] for row in call.session.execute(counted)}


def subnet_shape(subnet: Subnet, own_tags: dict[str, str] | None, used: int) -> Shape:
    """A subnet as EC2 prints it; `used` addresses are taken."""
    return {
        "SubnetId": subnet.id,
        "SubnetArn": f"arn:aws:ec2:{subnet.region}:{subnet.account_id}:subnet/{subnet.id}",
        "VpcId": subnet.vpc_id,
        "OwnerId": subnet.account_id,
        "State": "available",
        "CidrBlock": subnet.cidr,
        "AvailableIpAddressCount": addresses.usable_count(subnet.cidr) - used,
        "AvailabilityZone": subnet.availability_zone,
        "AvailabilityZoneId": zone_id(subnet.availability_zone, subnet.region),
        "DefaultForAz": subnet.default_for_az,
        "MapPublicIpOnLaunch": subnet.map_public_ip_on_launch,
        "MapCustomerOwnedIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6CidrBlockAssociationSet": [],
        "Ipv6Native": False,
        "EnableDns64": False,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "Tags": tag_set(own_tags),
    }
