"""VPCs: create, delete, their attributes."""

from ipaddress import IPv4Network

from sqlalchemy import delete, func, select

from amiable.api import tags
from amiable.api.call import Call
from amiable.api.ec2.ranges import checked_range
from amiable.api.ec2.vpcs import vpc_shape
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.model.account_setting import choose
from amiable.model.network import (
    DEFAULT_VPC_DELETED,
    NetworkInterface,
    Subnet,
    Vpc,
    create_vpc,
    default_vpc,
    ensure_default_vpc,
)
from amiable.model.routing import InternetGateway, RouteTable, main_table
from amiable.model.security_group import SecurityGroup, default_group
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

NEVER = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
IPV6 = (
    "Ipv6Pool",
    "Ipv6CidrBlock",
    "Ipv6IpamPoolId",
    "Ipv6NetmaskLength",
    "Ipv6CidrBlockNetworkBorderGroup",
    "AmazonProvidedIpv6CidrBlock",
)


@operation("ec2", "CreateVpc")
def create(call: Call, request: Shape) -> Shape:
    """A VPC with a default group, a main route table and nothing else."""
    for name in (*IPV6, "Ipv4IpamPoolId", "Ipv4NetmaskLength", "VpcEncryptionControl"):
        if request.get(name):
            raise unsupported(f"The parameter {name} is not supported: this server has IPv4 ranges only.")
    if request.get("InstanceTenancy") not in (None, "", "default"):
        raise unsupported("The only tenancy is default.")
    if not request.get("CidrBlock"):
        raise Fault("MissingParameter", "The request must contain the parameter cidrBlock")
    new_tags = tags.specified(request, "vpc").get("vpc")
    cidr = _checked(call, request["CidrBlock"])
    _check_room(call)
    vpc = create_vpc(call.session, call.account_id, call.region, str(cidr))
    tags.apply(call, vpc.id, "vpc", new_tags)
    return {"Vpc": vpc_shape(vpc, new_tags)}


def _checked(call: Call, text: str) -> IPv4Network:
    cidr = checked_range(text, "cidrBlock")
    if not 16 <= cidr.prefixlen <= 28:
        raise Fault("InvalidVpc.Range", f"The CIDR '{text}' is invalid. Its size is between /16 and /28.")
    pools = (call.settings.public_pool, call.settings.transit_pool)
    for taken in (*NEVER, *pools):
        if cidr.overlaps(IPv4Network(taken)):
            raise Fault("InvalidVpc.Range", f"The CIDR '{text}' is invalid. {taken} is not for VPCs.")
    return cidr


def _check_room(call: Call) -> None:
    held = call.session.scalar(
        select(func.count()).where(Vpc.account_id == call.account_id, Vpc.region == call.region)
    )
    check_quota(call, "vpcs", (held or 0) + 1)
    links = IPv4Network(call.settings.transit_pool).num_addresses // 4
    if (call.session.scalar(select(func.count()).select_from(Vpc)) or 0) >= links:
        raise Fault("VpcLimitExceeded", "This server has no link for another VPC: enlarge transit_pool.")


@operation("ec2", "CreateDefaultVpc")
def create_default(call: Call, request: Shape) -> Shape:
    """The default VPC again, after it was deleted, with a subnet in every zone and an internet gateway."""
    if default_vpc(call.session, call.account_id, call.region):
        raise Fault(
            "DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region."
        )
    _check_room(call)
    zones = call.settings.zone_names(call.region)
    vpc = ensure_default_vpc(call.session, call.account_id, call.region, zones)
    choose(call.session, call.account_id, call.region, DEFAULT_VPC_DELETED, {})
    return {"Vpc": vpc_shape(vpc, None)}


@operation("ec2", "DeleteVpc")
def delete_vpc(call: Call, request: Shape) -> Shape:
    """Delete a VPC that has nothing but its default group and its main route table."""
    vpc = owned(call, Vpc, "vpc", request["VpcId"], lock=True)
    group, table = default_group(call.session, vpc.id), main_table(call.session, vpc.id)
    dependents = (
        select(Subnet.id).where(Subnet.vpc_id == vpc.id),
        select(InternetGateway.id).where(InternetGateway.vpc_id == vpc.id),
        select(NetworkInterface.id).where(NetworkInterface.vpc_id == vpc.id),
        select(SecurityGroup.id).where(SecurityGroup.vpc_id == vpc.id, SecurityGroup.id != group.id),
        select(RouteTable.id).where(RouteTable.vpc_id == vpc.id, RouteTable.id != table.id),
    )
    if any(call.session.scalar(query.limit(1)) is not None for query in dependents):
        raise Fault("DependencyViolation", f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")
    for gone in (vpc.id, group.id, table.id, *(rule.id for rule in group.rules)):
        drop_tags(call.session, gone)
    call.session.delete(group)
    call.session.delete(table)
    call.session.flush()
    call.session.execute(delete(Vpc).where(Vpc.id == vpc.id))
    if vpc.is_default:
        choose(call.session, call.account_id, call.region, DEFAULT_VPC_DELETED, {"deleted": True})
    refresh_network(call, vpc.id)
    return {}


ATTRIBUTES = {"enableDnsSupport": "dns_support", "enableDnsHostnames": "dns_hostnames"}


@operation("ec2", "ModifyVpcAttribute")
def modify_vpc_attribute(call: Call, request: Shape) -> Shape:
    """Switch the VPC's resolver on or off, at once; EnableDnsHostnames is kept and has no effect here."""
    vpc = owned(call, Vpc, "vpc", request["VpcId"], lock=True)
    if (request.get("EnableNetworkAddressUsageMetrics") or {}).get("Value"):
        raise unsupported("Network address usage metrics are not supported.")
    given = {
        column: bool(request[name[0].upper() + name[1:]].get("Value"))
        for name, column in ATTRIBUTES.items()
        if request.get(name[0].upper() + name[1:]) is not None
    }
    if len(given) > 1:
        raise combination("Only one attribute of a VPC can be modified at a time.")
    for column, value in given.items():
        setattr(vpc, column, value)
    if "dns_support" in given:
        refresh_network(call, vpc.id)
    return {}


@operation("ec2", "DescribeVpcAttribute")
def describe_vpc_attribute(call: Call, request: Shape) -> Shape:
    """One attribute of a VPC."""
    vpc = owned(call, Vpc, "vpc", request["VpcId"])
    name = str(request["Attribute"])
    if name == "enableNetworkAddressUsageMetrics":
        value = False
    elif name in ATTRIBUTES:
        value = getattr(vpc, ATTRIBUTES[name])
    else:
        raise invalid(f"Value ({name}) for parameter attribute is invalid. Unknown attribute.")
    return {"VpcId": vpc.id, name[0].upper() + name[1:]: {"Value": value}}
