"""Attaching and detaching network interfaces: hot on a running instance, rows only on a stopped one."""

from amiable.api.call import Call
from amiable.api.ec2.interface_rows import attach_row
from amiable.api.faults import check_ids, combination, invalid, not_found, unsupported
from amiable.api.owned import owned, select_owned
from amiable.api.table import Shape, operation
from amiable.compute.spec import MAX_NICS
from amiable.model.flow import enqueue
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, Subnet, detach
from amiable.protocol.faults import Fault


@operation("ec2", "AttachNetworkInterface")
def attach_network_interface(call: Call, request: Shape) -> Shape:
    """Attach an interface to an instance of the same zone and VPC; a running guest sees it at once."""
    for name in ("NetworkCardIndex", "EnaSrdSpecification", "EnaQueueCount"):
        if request.get(name):
            raise unsupported(f"The parameter {name} is not supported.")
    instance = owned(call, Instance, "i", request["InstanceId"], lock=True)
    interface = owned(call, NetworkInterface, "eni", request["NetworkInterfaceId"], lock=True)
    if interface.instance_id is not None:
        raise Fault("InvalidNetworkInterface.InUse", f"Interface: [{interface.id}] in use.")
    if instance.state not in ("running", "stopped"):
        raise Fault("IncorrectState", f"Instance '{instance.id}' is not 'running' or 'stopped'.")
    index = _free_index(instance, request["DeviceIndex"])
    if call.session.get_one(Subnet, interface.subnet_id).availability_zone != instance.availability_zone:
        raise combination(
            "You may not attach a network interface to an instance if they are not in the same availability "
            "zone"
        )
    if interface.vpc_id != instance.vpc_id:
        raise unsupported("The network interfaces of an instance must be in one VPC.")
    running = instance.state == "running"
    attach_row(
        call,
        interface,
        instance.id,
        index,
        delete_on_termination=False,
        state="attaching" if running else "attached",
    )
    if running:
        enqueue(call.session, "attach-interface", instance.id, host=instance.host, interface_id=interface.id)
    return {"AttachmentId": interface.attachment_id, "NetworkCardIndex": 0}


def _free_index(instance: Instance, index: int) -> int:
    if index < 0:
        raise invalid(f"Value ({index}) for parameter deviceIndex is invalid.")
    if any(one.device_index == index for one in instance.interfaces):
        raise invalid(
            f"Instance '{instance.id}' already has an interface attached at device index '{index}'."
        )
    if len(instance.interfaces) >= MAX_NICS:
        raise Fault(
            "AttachmentLimitExceeded",
            f"Interface count {len(instance.interfaces) + 1} exceeds the limit for {instance.instance_type}",
        )
    return index


@operation("ec2", "DetachNetworkInterface")
def detach_network_interface(call: Call, request: Shape) -> Shape:
    """Detach an interface; a running guest is asked to let go of it, with Force the wire is cut first."""
    check_ids("eni-attach", request["AttachmentId"])
    of_id = NetworkInterface.attachment_id == request["AttachmentId"]
    found = call.session.scalar(select_owned(call, NetworkInterface).where(of_id).with_for_update())
    if found is None:
        raise not_found("eni-attach", request["AttachmentId"])
    interface: NetworkInterface = found
    instance = call.session.get_one(Instance, interface.instance_id)
    if interface.device_index == 0:
        raise Fault("OperationNotPermitted", "The network interface at device index 0 cannot be detached.")
    if instance.state == "stopped":
        detach(call.session, interface)
        return {}
    if instance.state != "running":
        raise Fault("IncorrectState", f"Instance '{instance.id}' is not 'running' or 'stopped'.")
    force = bool(request.get("Force"))
    if interface.attachment_state != "detaching" or force:
        interface.attachment_state = "detaching"
        enqueue(
            call.session,
            "detach-interface",
            instance.id,
            host=instance.host,
            interface_id=interface.id,
            force=force,
        )
    return {}
