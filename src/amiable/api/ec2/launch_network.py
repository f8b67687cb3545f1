"""Where a new instance is placed: subnet, groups, addresses, from the flat parameters or from
`NetworkInterfaces`: new interfaces and standing ones, by device index."""

from dataclasses import dataclass, replace
from typing import Any

from amiable.api.call import Call
from amiable.api.ec2.interface_rows import (
    attach_row,
    give_public_address,
    groups_in,
    new_interface,
    private_ip,
)
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.owned import owned
from amiable.api.table import Shape
from amiable.compute.spec import MAX_NICS
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, Subnet, default_vpc
from amiable.model.security_group import SecurityGroup
from amiable.protocol.faults import Fault

_NEW = {
    "SubnetId",
    "Groups",
    "AssociatePublicIpAddress",
    "Description",
    "PrivateIpAddress",
    "PrivateIpAddresses",
}
_ANY = {"DeviceIndex", "DeleteOnTermination", "NetworkInterfaceId", "InterfaceType", "NetworkCardIndex"}


@dataclass(frozen=True)
class Placement:
    """What an interface of a new instance will be: `standing`, or made in `subnet`.

    The primary one carries the `others`.
    """

    subnet: Subnet
    groups: list[SecurityGroup]
    private_ip: str | None
    public: bool
    description: str
    delete_on_termination: bool
    index: int = 0
    standing: NetworkInterface | None = None
    others: tuple["Placement", ...] = ()

    @property
    def single(self) -> bool:
        """Whether only one instance can have it: an address or an interface is named."""
        return any(one.private_ip or one.standing for one in (self, *self.others))


def place(call: Call, request: Shape) -> Placement:
    """The placement that a RunInstances request asks for."""
    zone = (request.get("Placement") or {}).get("AvailabilityZone")
    given = _given(request)
    names = request.get("SecurityGroups") or []
    placed = [_placement(call, one, zone, names, alone=len(given) == 1) for one in given]
    primary, others = placed[0], tuple(placed[1:])
    for other in others:
        if other.subnet.availability_zone != primary.subnet.availability_zone:
            raise combination("All network interfaces of an instance are in one availability zone.")
        if other.subnet.vpc_id != primary.subnet.vpc_id:
            raise unsupported("The network interfaces of an instance must be in one VPC.")
    standing = [one.standing.id for one in placed if one.standing]
    if len(set(standing)) < len(standing):
        raise invalid("A network interface is named twice.")
    return replace(primary, others=others)


def _placement(
    call: Call, interface: dict[str, Any], zone: str | None, names: list[str], *, alone: bool
) -> Placement:
    index = int(interface.get("DeviceIndex") or 0)
    if interface.get("NetworkInterfaceId"):
        return _standing(call, interface, index)
    subnet = _subnet(call, interface.get("SubnetId"), zone)
    public = interface.get("AssociatePublicIpAddress")
    if public and not alone:
        raise combination(
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple "
            "network interfaces."
        )
    return Placement(
        subnet=subnet,
        groups=groups_in(call, subnet.vpc_id, interface.get("Groups") or [], names),
        private_ip=private_ip(call, subnet, interface),
        public=(subnet.map_public_ip_on_launch and alone) if public is None else bool(public),
        description=interface.get("Description") or "",
        delete_on_termination=interface.get("DeleteOnTermination", True),
        index=index,
    )


def _standing(call: Call, interface: dict[str, Any], index: int) -> Placement:
    if said := sorted(key for key in _NEW if interface.get(key)):
        raise combination(f"{said[0]} may not be specified for a network interface that exists.")
    row = owned(call, NetworkInterface, "eni", interface["NetworkInterfaceId"], lock=True)
    if row.instance_id is not None:
        raise Fault("InvalidNetworkInterface.InUse", f"Interface: [{row.id}] in use.")
    subnet = call.session.get_one(Subnet, row.subnet_id)
    keep = not interface.get("DeleteOnTermination")
    return Placement(subnet, [], None, False, "", not keep, index, row)


def _given(request: Shape) -> list[dict[str, Any]]:
    """The interfaces' specifications by device index, whichever way they were written."""
    given = [dict(one) for one in request.get("NetworkInterfaces") or []]
    if not given:
        return [
            {
                "SubnetId": request.get("SubnetId"),
                "Groups": request.get("SecurityGroupIds"),
                "PrivateIpAddress": request.get("PrivateIpAddress"),
            }
        ]
    for flat in ("SubnetId", "SecurityGroupIds", "SecurityGroups", "PrivateIpAddress"):
        if request.get(flat):
            raise combination(
                f"Network interfaces and an instance-level {flat} may not be specified together."
            )
    for one in given:
        unknown = [key for key, value in one.items() if key not in _NEW | _ANY and value]
        if one.get("InterfaceType") not in (None, "", "interface"):
            unknown.append("InterfaceType")
        if unknown or one.get("NetworkCardIndex"):
            raise unsupported(f"NetworkInterfaces.{(unknown or ['NetworkCardIndex'])[0]} is not supported.")
    if len(given) > MAX_NICS:
        raise Fault("AttachmentLimitExceeded", f"An instance has at most {MAX_NICS} network interfaces.")
    indexes = sorted(int(one.get("DeviceIndex") or 0) for one in given)
    if indexes[0] != 0:
        raise invalid("The first network interface must have device index 0.")
    if len(set(indexes)) < len(indexes):
        raise invalid("Each network interface requires a unique device index.")
    return sorted(given, key=lambda one: int(one.get("DeviceIndex") or 0))


def _subnet(call: Call, subnet_id: str | None, zone: str | None) -> Subnet:
    if subnet_id:
        subnet = owned(call, Subnet, "subnet", subnet_id)
        if zone and zone != subnet.availability_zone:
            raise invalid(f"The subnet {subnet_id} is in {subnet.availability_zone}, not in {zone}.")
        return subnet
    if zone and zone not in call.settings.zone_names(call.region):
        raise invalid(f"Invalid availability zone: [{zone}]")
    vpc = default_vpc(call.session, call.account_id, call.region)
    # Clients send an empty zone to say none (Packer)
    chosen = [
        subnet
        for subnet in (vpc.subnets if vpc else ())
        if subnet.default_for_az and (not zone or zone == subnet.availability_zone)
    ]
    if vpc is None:
        raise Fault("VPCIdNotSpecified", "No default VPC for this user. Specify a subnet to launch into.")
    if not chosen:
        raise Fault("MissingInput", f"No default subnet in {zone or 'any zone'}. Specify a subnet.")
    return chosen[0]


def add_interfaces(call: Call, instance: Instance, placement: Placement) -> list[NetworkInterface]:
    """The interfaces of a new instance, with their addresses; those made new are returned."""
    made = []
    for one in (placement, *placement.others):
        interface = one.standing
        if interface is None:
            interface = new_interface(
                call,
                one.subnet,
                one.groups,
                one.private_ip,
                description=one.description,
                wants_public_ip=one.public,
            )
            made.append(interface)
        attach_row(call, interface, instance.id, one.index, delete_on_termination=one.delete_on_termination)
        give_public_address(call, interface)
    return made
