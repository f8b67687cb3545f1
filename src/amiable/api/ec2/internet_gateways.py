"""Internet gateways: without one, and a route to it, nothing passes between a subnet and the outside."""

from typing import Any

from sqlalchemy import func, select

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.networks import refresh_network
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.model.network import NetworkInterface, PublicAddress, Vpc
from amiable.model.routing import InternetGateway, create_gateway, gateway_of
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault


def _attached(value: str) -> Any:
    return InternetGateway.vpc_id.is_not(None) & filters.constant("available")(value)


FILTERS: dict[str, filters.Filter] = {
    "attachment.state": _attached,
    "attachment.vpc-id": filters.text(InternetGateway.vpc_id),
    "internet-gateway-id": filters.text(InternetGateway.id),
    "owner-id": filters.text(InternetGateway.account_id),
}


@operation("ec2", "CreateInternetGateway")
def create(call: Call, request: Shape) -> Shape:
    """A gateway, attached to nothing yet."""
    new_tags = tags.specified(request, "internet-gateway").get("internet-gateway")
    held = call.session.scalar(
        select(func.count()).where(
            InternetGateway.account_id == call.account_id, InternetGateway.region == call.region
        )
    )
    check_quota(call, "internet-gateways", (held or 0) + 1)
    gateway = create_gateway(call.session, call.account_id, call.region, None)
    tags.apply(call, gateway.id, "internet-gateway", new_tags)
    return {"InternetGateway": _shape(gateway, new_tags)}


@operation("ec2", "DescribeInternetGateways")
def describe_internet_gateways(call: Call, request: Shape) -> Shape:
    """The caller's internet gateways, by id and filters."""
    rows, tagged, token = listed(
        call,
        "DescribeInternetGateways",
        request,
        select_owned(call, InternetGateway),
        InternetGateway.id,
        "igw",
        "InternetGatewayIds",
        FILTERS,
    )
    return answer("InternetGateways", [_shape(row, tagged.get(row.id)) for row in rows], token)


def _shape(gateway: InternetGateway, own_tags: dict[str, str] | None) -> Shape:
    attachments = [{"VpcId": gateway.vpc_id, "State": "available"}] if gateway.vpc_id else []
    return {
        "InternetGatewayId": gateway.id,
        "OwnerId": gateway.account_id,
        "Attachments": attachments,
        "Tags": tags.tag_set(own_tags),
    }


@operation("ec2", "AttachInternetGateway")
def attach(call: Call, request: Shape) -> Shape:
    """Attach a gateway to a VPC that has none; routes to it count at once."""
    gateway = owned(call, InternetGateway, "igw", request["InternetGatewayId"], lock=True)
    vpc = owned(call, Vpc, "vpc", request["VpcId"], lock=True)
    if gateway.vpc_id is not None:
        raise Fault(
            "Resource.AlreadyAssociated",
            f"resource {gateway.id} is already attached to network {gateway.vpc_id}",
        )
    if gateway_of(call.session, vpc.id) is not None:
        raise invalid(f"Network {vpc.id} already has an internet gateway attached")
    gateway.vpc_id = vpc.id
    call.session.flush()
    refresh_network(call, vpc.id)
    return {}


@operation("ec2", "DetachInternetGateway")
def detach(call: Call, request: Shape) -> Shape:
    """Detach a gateway from its VPC, when no interface there has a public address."""
    gateway = owned(call, InternetGateway, "igw", request["InternetGatewayId"], lock=True)
    vpc = owned(call, Vpc, "vpc", request["VpcId"], lock=True)
    if gateway.vpc_id != vpc.id:
        raise Fault("Gateway.NotAttached", f"resource {gateway.id} is not attached to network {vpc.id}")
    mapped = (
        select(PublicAddress.ip)
        .join(NetworkInterface, PublicAddress.interface_id == NetworkInterface.id)
        .where(NetworkInterface.vpc_id == vpc.id)
    )
    if call.session.scalar(mapped.limit(1)) is not None:
        raise Fault(
            "DependencyViolation",
            f"Network {vpc.id} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway.",
        )
    gateway.vpc_id = None
    call.session.flush()
    refresh_network(call, vpc.id)
    return {}


@operation("ec2", "DeleteInternetGateway")
def delete(call: Call, request: Shape) -> Shape:
    """Delete a gateway that is attached to nothing; routes to it lead nowhere."""
    gateway = owned(call, InternetGateway, "igw", request["InternetGatewayId"], lock=True)
    if gateway.vpc_id is not None:
        raise Fault(
            "DependencyViolation",
            f"The internetGateway '{gateway.id}' has dependencies and cannot be deleted.",
        )
    drop_tags(call.session, gateway.id)
    call.session.delete(gateway)
    return {}
