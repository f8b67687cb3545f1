"""Route tables: create, delete, describe, and which subnets use them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, or_, select

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.faults import check_ids, invalid, not_found, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, Subnet, Vpc
from amiable.model.routing import (
    InternetGateway,
    Route,
    RouteTable,
    RouteTableAssociation,
    associate,
    create_table,
)
from amiable.model.tag import drop_tags, tags_of
from amiable.protocol.faults import Fault

ASSOCIATED = {"State": "associated"}


def _association(column: Any) -> filters.Filter:
    return filters.related(RouteTable.associations.any, filters.text(column))


def _route(column: Any) -> filters.Filter:
    return filters.related(RouteTable.routes.any, filters.text(column))


def _destination(value: str) -> filters.Condition:
    local = RouteTable.vpc_id.in_(select(Vpc.id).where(filters.text(Vpc.cidr)(value)))
    return or_(local, _route(Route.destination)(value))


def _gateway(value: str) -> filters.Condition:
    return or_(filters.constant("local")(value), _route(Route.gateway_id)(value))


def _instance(value: str) -> filters.Condition:
    owners = select(NetworkInterface.id).where(filters.text(NetworkInterface.instance_id)(value))
    return RouteTable.routes.any(Route.interface_id.in_(owners))


FILTERS: dict[str, filters.Filter] = {
    "association.gateway-id": filters.constant(None),
    "association.main": filters.flag(RouteTable.associations.any(RouteTableAssociation.subnet_id.is_(None))),
    "association.route-table-association-id": _association(RouteTableAssociation.id),
    "association.route-table-id": _association(RouteTableAssociation.route_table_id),
    "association.subnet-id": _association(RouteTableAssociation.subnet_id),
    "owner-id": filters.text(RouteTable.account_id),
    "route-table-id": filters.text(RouteTable.id),
    "route.destination-cidr-block": _destination,
    "route.destination-ipv6-cidr-block": filters.constant(None),
    "route.gateway-id": _gateway,
    "route.instance-id": _instance,
    "route.nat-gateway-id": filters.constant(None),
    "route.transit-gateway-id": filters.constant(None),
    "route.vpc-peering-connection-id": filters.constant(None),
    "vpc-id": filters.text(RouteTable.vpc_id),
}


@operation("ec2", "CreateRouteTable")
def create(call: Call, request: Shape) -> Shape:
    """A table with the local route only, used by nobody yet."""
    if known := made_before(call, "CreateRouteTable", request):
        table = owned(call, RouteTable, "rtb", known)
        own_tags = tags_of(call.session, [table.id], call.account_id)
        return {"RouteTable": _shapes(call, [table], own_tags)[0]}
    new_tags = tags.specified(request, "route-table").get("route-table")
    vpc = owned(call, Vpc, "vpc", request["VpcId"], lock=True)
    held = call.session.scalar(select(func.count()).where(RouteTable.vpc_id == vpc.id)) or 0
    check_quota(call, "route-tables", held + 1)
    table = create_table(call.session, vpc.id, call.account_id, call.region)
    tags.apply(call, table.id, "route-table", new_tags)
    remember(call, "CreateRouteTable", request, table.id)
    return {"RouteTable": _shapes(call, [table], {table.id: new_tags or {}})[0]}


@operation("ec2", "DescribeRouteTables")
def describe_route_tables(call: Call, request: Shape) -> Shape:
    """The caller's route tables, by id and filters; a route whose target is gone is a `blackhole`."""
    rows, tagged, token = listed(
        call,
        "DescribeRouteTables",
        request,
        select_owned(call, RouteTable),
        RouteTable.id,
        "rtb",
        "RouteTableIds",
        FILTERS,
    )
    return answer("RouteTables", _shapes(call, rows, tagged), token)


def _shapes(call: Call, tables: list[RouteTable], tagged: dict[str, dict[str, str]]) -> list[Shape]:
    vpc_ids = {table.vpc_id for table in tables}
    ranges: dict[str, str] = {
        row.id: row.cidr for row in call.session.scalars(select(Vpc).where(Vpc.id.in_(vpc_ids)))
    }
    attached = set(
        call.session.scalars(select(InternetGateway.id).where(InternetGateway.vpc_id.in_(vpc_ids)))
    )
    users = (
        select(NetworkInterface.id, Instance.id, Instance.state)
        .join(Instance, NetworkInterface.instance_id == Instance.id)
        .where(NetworkInterface.vpc_id.in_(vpc_ids))
    )
    holders: dict[str, tuple[str, str]] = {row[0]: (row[1], row[2]) for row in call.session.execute(users)}

    def route(row: Route) -> Shape:
        shape: Shape = {"DestinationCidrBlock": row.destination, "Origin": "CreateRoute"}
        if row.gateway_id:
            return {
                **shape,
                "GatewayId": row.gateway_id,
                "State": "active" if row.gateway_id in attached else "blackhole",
            }
        instance_id, state = holders.get(row.interface_id or "", ("", ""))
        holder = {"InstanceId": instance_id, "InstanceOwnerId": call.account_id} if instance_id else {}
        active = state in ("pending", "running")
        return {
            **shape,
            **holder,
            "NetworkInterfaceId": row.interface_id,
            "State": "active" if active else "blackhole",
        }

    return [
        {
            "RouteTableId": table.id,
            "VpcId": table.vpc_id,
            "OwnerId": table.account_id,
            "Associations": list(_associations(table)),
            "PropagatingVgws": [],
            "Routes": [
                {
                    "DestinationCidrBlock": ranges[table.vpc_id],
                    "GatewayId": "local",
                    "Origin": "CreateRouteTable",
                    "State": "active",
                },
                *map(route, table.routes),
            ],
            "Tags": tags.tag_set(tagged.get(table.id)),
        }
        for table in tables
    ]


def _associations(table: RouteTable) -> Iterable[Shape]:
    for made in table.associations:
        shape: Shape = {
            "RouteTableAssociationId": made.id,
            "RouteTableId": table.id,
            "Main": made.subnet_id is None,
            "AssociationState": ASSOCIATED,
        }
        yield {**shape, "SubnetId": made.subnet_id} if made.subnet_id else shape


@operation("ec2", "DeleteRouteTable")
def delete(call: Call, request: Shape) -> Shape:
    """Delete a table that no subnet uses and that is not the main one."""
    table = owned(call, RouteTable, "rtb", request["RouteTableId"], lock=True)
    if table.associations:
        raise Fault(
            "DependencyViolation", f"The routeTable '{table.id}' has dependencies and cannot be deleted."
        )
    drop_tags(call.session, table.id)
    call.session.delete(table)
    return {}


@operation("ec2", "AssociateRouteTable")
def associate_route_table(call: Call, request: Shape) -> Shape:
    """Let a subnet use a table, from now on."""
    if request.get("GatewayId") or request.get("PublicIpv4Pool"):
        raise unsupported("Route tables of gateways and of address pools are not supported: name a subnet.")
    if not request.get("SubnetId"):
        raise Fault("MissingParameter", "The request must contain the parameter subnetId")
    table = owned(call, RouteTable, "rtb", request["RouteTableId"], lock=True)
    subnet = owned(call, Subnet, "subnet", request["SubnetId"], lock=True)
    _same_vpc(table, subnet)
    present = call.session.scalar(
        select(RouteTableAssociation).where(RouteTableAssociation.subnet_id == subnet.id)
    )
    if present is not None and present.route_table_id == table.id:
        return {"AssociationId": present.id, "AssociationState": ASSOCIATED}
    if present is not None:
        raise Fault(
            "Resource.AlreadyAssociated",
            f"the specified association for route table {table.id} conflicts with an existing association",
        )
    made = associate(call.session, table, subnet.id)
    refresh_network(call, table.vpc_id)
    return {"AssociationId": made.id, "AssociationState": ASSOCIATED}


def _same_vpc(table: RouteTable, subnet: Subnet) -> None:
    if table.vpc_id != subnet.vpc_id:
        raise invalid(f"Route table {table.id} and subnet {subnet.id} belong to different networks")


def _own_association(call: Call, association_id: str) -> RouteTableAssociation:
    check_ids("rtbassoc", association_id)
    query = (
        select(RouteTableAssociation)
        .join(RouteTable, RouteTableAssociation.route_table_id == RouteTable.id)
        .where(
            RouteTableAssociation.id == association_id,
            RouteTable.account_id == call.account_id,
            RouteTable.region == call.region,
        )
    )
    found = call.session.scalar(query)
    if found is None:
        raise not_found("rtbassoc", association_id)
    return found


@operation("ec2", "DisassociateRouteTable")
def disassociate(call: Call, request: Shape) -> Shape:
    """Let a subnet use the main table again."""
    found = _own_association(call, request["AssociationId"])
    if found.subnet_id is None:
        raise invalid(f"cannot disassociate the main route table association {found.id}")
    vpc_id = found.vpc_id
    call.session.delete(found)
    call.session.flush()
    refresh_network(call, vpc_id)
    return {}


@operation("ec2", "ReplaceRouteTableAssociation")
def replace_association(call: Call, request: Shape) -> Shape:
    """Let a subnet use another table; with the main association, make another table the main one."""
    found = _own_association(call, request["AssociationId"])
    table = owned(call, RouteTable, "rtb", request["RouteTableId"], lock=True)
    if table.vpc_id != found.vpc_id:
        raise invalid(f"Route table {table.id} and association {found.id} belong to different networks")
    subnet_id = found.subnet_id
    call.session.delete(found)
    call.session.flush()
    made = associate(call.session, table, subnet_id)
    refresh_network(call, table.vpc_id)
    return {"NewAssociationId": made.id, "AssociationState": ASSOCIATED}
