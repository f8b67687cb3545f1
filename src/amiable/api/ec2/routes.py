"""Routes: to an internet gateway, a network interface, or an instance's only interface; real at once."""

from ipaddress import IPv4Network

from amiable.api.call import Call
from amiable.api.ec2.ranges import checked_range
from amiable.api.faults import check_ids, combination, invalid, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import owned, select_owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, Vpc
from amiable.model.routing import InternetGateway, Route, RouteTable
from amiable.protocol.faults import Fault

TARGETS = ("GatewayId", "NetworkInterfaceId", "InstanceId")
UNBUILT = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "DestinationIpv6CidrBlock",
    "DestinationPrefixListId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "LocalTarget",
    "NatGatewayId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)


@operation("ec2", "CreateRoute")
def create(call: Call, request: Shape) -> Shape:
    """Add a route to a table."""
    table, destination = _table_and_destination(call, request)
    if _present(table, destination) is not None:
        raise Fault("RouteAlreadyExists", f"The route identified by {destination} already exists.")
    check_quota(call, "routes", len(table.routes) + 2)  # the local one counts
    gateway_id, interface_id = _target(call, table, request)
    table.routes.append(
        Route(
            route_table_id=table.id,
            destination=destination,
            gateway_id=gateway_id,
            interface_id=interface_id,
        )
    )
    return _changed(call, table)


@operation("ec2", "ReplaceRoute")
def replace(call: Call, request: Shape) -> Shape:
    """Give a route of a table another target."""
    table, destination = _table_and_destination(call, request)
    route = _present(table, destination)
    if route is None:
        raise invalid(
            f"There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
        )
    route.gateway_id, route.interface_id = _target(call, table, request)
    _changed(call, table)
    return {}


@operation("ec2", "DeleteRoute")
def delete(call: Call, request: Shape) -> Shape:
    """Remove a route from a table."""
    table, destination = _table_and_destination(call, request)
    route = _present(table, destination)
    if route is None:
        raise Fault(
            "InvalidRoute.NotFound",
            f"no route with destination-cidr-block {destination} in route table {table.id}",
        )
    table.routes.remove(route)
    _changed(call, table)
    return {}


def _changed(call: Call, table: RouteTable) -> Shape:
    call.session.flush()
    refresh_network(call, table.vpc_id)
    return {"Return": True}


def _table_and_destination(call: Call, request: Shape) -> tuple[RouteTable, str]:
    for name in UNBUILT:
        if request.get(name):
            raise unsupported(f"The parameter {name} is not supported.")
    table = owned(call, RouteTable, "rtb", request["RouteTableId"], lock=True)
    if not request.get("DestinationCidrBlock"):
        raise Fault("MissingParameter", "The request must contain the parameter destinationCidrBlock")
    destination = checked_range(request["DestinationCidrBlock"], "destinationCidrBlock")
    local = IPv4Network(call.session.get_one(Vpc, table.vpc_id).cidr)
    if destination == local:
        raise Fault("RouteAlreadyExists", f"The route identified by {destination} already exists.")
    if destination.subnet_of(local):
        raise unsupported(f"Routes within the VPC's own range {local} are not supported.")
    return table, str(destination)


def _present(table: RouteTable, destination: str) -> Route | None:
    return next((route for route in table.routes if route.destination == destination), None)


def _target(call: Call, table: RouteTable, request: Shape) -> tuple[str | None, str | None]:
    """(gateway, interface) that a route leads to: one of them."""
    given = [name for name in TARGETS if request.get(name)]
    if not given:
        raise Fault("MissingParameter", "The request must contain a target: gatewayId or networkInterfaceId")
    if len(given) > 1:
        raise combination("A route has exactly one target.")
    if request.get("GatewayId"):
        return _gateway(call, table, request["GatewayId"]), None
    if request.get("NetworkInterfaceId"):
        interface = owned(call, NetworkInterface, "eni", request["NetworkInterfaceId"])
    else:
        interface = only_interface(owned(call, Instance, "i", request["InstanceId"]))
    if interface.vpc_id != table.vpc_id:
        raise invalid(f"route table {table.id} and interface {interface.id} belong to different networks")
    return None, interface.id


def _gateway(call: Call, table: RouteTable, gateway_id: str) -> str:
    if gateway_id == "local":
        raise unsupported("The local route is there already; others cannot be local.")
    check_ids("igw", gateway_id)
    query = select_owned(call, InternetGateway).where(InternetGateway.id == gateway_id)
    gateway = call.session.scalar(query)
    if gateway is None:
        raise Fault("InvalidGatewayID.NotFound", f"The gateway ID '{gateway_id}' does not exist")
    if gateway.vpc_id != table.vpc_id:
        raise invalid(f"route table {table.id} and network gateway {gateway_id} belong to different networks")
    return gateway_id


def only_interface(instance: Instance) -> NetworkInterface:
    """The interface that an instance's id stands for. Raises InvalidInstanceID when it has several."""
    if len(instance.interfaces) != 1:
        raise Fault(
            "InvalidInstanceID",
            f"There are multiple interfaces attached to instance '{instance.id}'. Please specify an "
            "interface ID for the operation instead.",
        )
    return instance.interfaces[0]
