"""StartInstances, StopInstances, RebootInstances, TerminateInstances: change the state, start the story.

Each checks all instances before it changes any.
"""

from collections.abc import Callable

from amiable.api.call import Call
from amiable.api.ec2.instances import selected, state_shape
from amiable.api.ec2.interface_rows import give_public_address
from amiable.api.ec2.volume_attachments import check_has_root
from amiable.api.table import Shape, operation
from amiable.model.flow import enqueue
from amiable.model.instance import Instance
from amiable.protocol.faults import Fault

CLIENT = "Client.UserInitiatedShutdown"
PROTECTIONS = {"termination_protection": "disableApiTermination", "stop_protection": "disableApiStop"}
"""Option of an instance → the attribute that AWS calls it."""


def _refuse(instance: Instance, verb: str) -> Fault:
    return Fault(
        "IncorrectInstanceState",
        f"The instance '{instance.id}' is not in a state from which it can be {verb}.",
    )


def _check_protection(instance: Instance, verb: str, *protections: str) -> None:
    """Raise OperationNotPermitted where one protects; who may not be stopped may not be terminated either."""
    for name in protections:
        if instance.options.get(name):
            raise Fault(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be {verb}. Modify its "
                f"'{PROTECTIONS[name]}' instance attribute and try again.",
            )


def _change(call: Call, request: Shape, begin: Callable[[Call, Instance], None]) -> list[Shape]:
    """`begin` each instance; the list of state changes that the answer shows."""
    changes = []
    for instance in selected(call, request["InstanceIds"]):
        before = instance.state
        begin(call, instance)
        changes.append(
            {
                "InstanceId": instance.id,
                "PreviousState": state_shape(before),
                "CurrentState": state_shape(instance.state),
            }
        )
    call.session.flush()
    return changes


def _begin_start(call: Call, instance: Instance) -> None:
    if instance.state in ("pending", "running"):
        return
    if instance.state != "stopped":
        raise _refuse(instance, "started")
    check_has_root(instance)
    instance.state = "pending"
    instance.state_reason_code = instance.state_reason_message = None
    instance.state_transition_reason = ""
    instance.launched_at = call.now
    for interface in instance.interfaces:
        give_public_address(call, interface)
    enqueue(call.session, "start", instance.id, host=instance.host)


@operation("ec2", "StartInstances")
def start_instances(call: Call, request: Shape) -> Shape:
    """Start stopped instances."""
    return {"StartingInstances": _change(call, request, _begin_start)}


def mark_ended(call: Call, instance: Instance, state: str) -> None:
    """Note a shutdown that the user asked for."""
    instance.state = state
    instance.state_reason_code = CLIENT
    instance.state_reason_message = f"{CLIENT}: User initiated shutdown"
    instance.state_transition_reason = f"User initiated ({call.now:%Y-%m-%d %H:%M:%S} GMT)"


@operation("ec2", "StopInstances")
def stop_instances(call: Call, request: Shape) -> Shape:
    """Shut instances down cleanly; with Force, cut the power."""
    force = bool(request.get("Force"))
    for unsupported in ("Hibernate", "SkipOsShutdown"):
        if request.get(unsupported):
            raise Fault("UnsupportedOperation", f"The parameter {unsupported} is not supported.")

    def begin(call: Call, instance: Instance) -> None:
        if instance.state == "stopped" or (instance.state == "stopping" and not force):
            return
        if instance.state not in ("running", "stopping"):
            raise _refuse(instance, "stopped")
        _check_protection(instance, "stopped", "stop_protection")
        mark_ended(call, instance, "stopping")
        enqueue(call.session, "stop", instance.id, host=instance.host, force=force)

    return {"StoppingInstances": _change(call, request, begin)}


@operation("ec2", "RebootInstances")
def reboot_instances(call: Call, request: Shape) -> Shape:
    """Shut running instances down cleanly and start them again."""
    instances = selected(call, request["InstanceIds"])
    for instance in instances:
        if instance.state != "running":
            raise _refuse(instance, "rebooted")
    for instance in instances:
        enqueue(call.session, "reboot", instance.id, host=instance.host)
    return {}


@operation("ec2", "TerminateInstances")
def terminate_instances(call: Call, request: Shape) -> Shape:
    """End instances and delete the volumes that go with them."""

    def begin(call: Call, instance: Instance) -> None:
        if instance.state in ("shutting-down", "terminated"):
            return
        _check_protection(instance, "terminated", "termination_protection", "stop_protection")
        mark_ended(call, instance, "shutting-down")
        enqueue(call.session, "terminate", instance.id, host=instance.host)

    return {"TerminatingInstances": _change(call, request, begin)}
