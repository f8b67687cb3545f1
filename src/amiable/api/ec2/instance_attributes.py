"""Attributes of an instance: describe, modify, reset. One at a time, as AWS has it.

at any time      groups and source/dest check (in force at once), protections, shutdown behaviour,
                 delete on termination
while stopped    type, user data, EBS optimisation: they are read when the machine is started
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from amiable.api.call import Call
from amiable.api.ec2.image_shapes import code_shapes
from amiable.api.ec2.instances import device_shape, selected
from amiable.api.ec2.launch_request import MAX_USER_DATA, decoded_user_data, shutdown_behavior, type_of
from amiable.api.ec2.network_interfaces import change_check, change_groups
from amiable.api.ec2.routes import only_interface
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.table import Shape, operation
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.product_code import codes_of
from amiable.protocol.faults import Fault

Change = Callable[[Call, Instance, Any], None]


def _value(value: Any) -> Shape:
    return {} if value is None else {"Value": value}


def _user_data(instance: Instance) -> str | None:
    return None if instance.user_data is None else base64.b64encode(instance.user_data).decode()


VALUES: dict[str, tuple[str, Callable[[Instance], Any]]] = {
    "instanceType": ("InstanceType", lambda one: _value(one.instance_type)),
    "kernel": ("KernelId", lambda one: {}),
    "ramdisk": ("RamdiskId", lambda one: {}),
    "userData": ("UserData", lambda one: _value(_user_data(one))),
    "disableApiTermination": (
        "DisableApiTermination",
        lambda one: _value(bool(one.options.get("termination_protection"))),
    ),
    "disableApiStop": ("DisableApiStop", lambda one: _value(bool(one.options.get("stop_protection")))),
    "instanceInitiatedShutdownBehavior": (
        "InstanceInitiatedShutdownBehavior",
        lambda one: _value(one.shutdown_behavior),
    ),
    "rootDeviceName": ("RootDeviceName", lambda one: _value(one.root_device_name)),
    "blockDeviceMapping": (
        "BlockDeviceMappings",
        lambda one: [device_shape(row) for row in one.attachments],
    ),
    "sourceDestCheck": (
        "SourceDestCheck",
        lambda one: _value(all(row.source_dest_check for row in one.interfaces[:1])),
    ),
    "groupSet": (
        "Groups",
        lambda one: [
            {"GroupId": group.id, "GroupName": group.name}
            for row in one.interfaces[:1]
            for group in row.groups
        ],
    ),
    "ebsOptimized": ("EbsOptimized", lambda one: _value(one.ebs_optimized)),
    "enaSupport": ("EnaSupport", lambda one: _value(True)),
    "enclaveOptions": ("EnclaveOptions", lambda one: {"Enabled": False}),
    "sriovNetSupport": ("SriovNetSupport", lambda one: {}),
}
"""Attribute → (member of the answer, what it says)."""


@operation("ec2", "DescribeInstanceAttribute")
def describe_instance_attribute(call: Call, request: Shape) -> Shape:
    """One attribute of an instance."""
    (instance,) = selected(call, [request["InstanceId"]])
    attribute = request["Attribute"]
    if attribute == "productCodes":
        codes = codes_of(call.session, [instance.id]).get(instance.id, ())
        return {"InstanceId": instance.id, "ProductCodes": code_shapes(codes)}
    if attribute not in VALUES:
        raise invalid(f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute.")
    member, value = VALUES[attribute]
    return {"InstanceId": instance.id, member: value(instance)}


def _stopped(instance: Instance) -> None:
    if instance.state != "stopped":
        raise Fault("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")


def _set_type(call: Call, instance: Instance, value: str) -> None:
    _stopped(instance)
    image = call.session.get(Image, instance.image_id) or Image(architecture=instance.architecture)
    instance.instance_type = type_of({"InstanceType": value or "-"}, image).name


def _set_user_data(call: Call, instance: Instance, value: bytes) -> None:
    _stopped(instance)
    if len(value) > MAX_USER_DATA:
        raise invalid(f"User data is limited to {MAX_USER_DATA} bytes")
    instance.user_data = value or None


def _set_option(name: str) -> Change:
    def change(call: Call, instance: Instance, value: bool) -> None:
        instance.options = {**instance.options, name: value}

    return change


def _set_behavior(call: Call, instance: Instance, value: str) -> None:
    instance.shutdown_behavior = shutdown_behavior({"InstanceInitiatedShutdownBehavior": value or "-"})


def _set_optimized(call: Call, instance: Instance, value: bool) -> None:
    _stopped(instance)
    instance.ebs_optimized = value


def _set_groups(call: Call, instance: Instance, value: list[str]) -> None:
    change_groups(call, only_interface(instance), value)


def _set_check(call: Call, instance: Instance, value: bool) -> None:
    change_check(call, only_interface(instance), check=value)


def _set_devices(call: Call, instance: Instance, value: list[Mapping[str, Any]]) -> None:
    attachments = {row.device: row for row in instance.attachments}
    for entry in value:
        ebs = entry.get("Ebs") or {}
        attachment = attachments.get(str(entry.get("DeviceName")))
        if attachment is None or ebs.get("VolumeId") not in (None, attachment.volume_id):
            raise Fault(
                "InvalidInstanceAttributeValue",
                f"No device is currently mapped at {entry.get('DeviceName')}",
            )
        if entry.get("NoDevice") is not None or entry.get("VirtualName"):
            raise combination("Of an attached volume only DeleteOnTermination can be changed here.")
        if ebs.get("DeleteOnTermination") is not None:
            attachment.delete_on_termination = bool(ebs["DeleteOnTermination"])


def _only(truth: Any, name: str) -> Change:
    """What is so here and cannot be otherwise."""

    def change(call: Call, instance: Instance, value: Any) -> None:
        if value != truth:
            raise unsupported(f"The attribute {name} cannot be changed here.")

    return change


CHANGES: dict[str, tuple[str, Change]] = {
    "BlockDeviceMappings": ("blockDeviceMapping", _set_devices),
    "DisableApiStop": ("disableApiStop", _set_option("stop_protection")),
    "DisableApiTermination": ("disableApiTermination", _set_option("termination_protection")),
    "EbsOptimized": ("ebsOptimized", _set_optimized),
    "EnaSupport": ("enaSupport", _only(True, "enaSupport")),
    "EnclaveOptions": ("enclaveOptions", _only(False, "enclaveOptions")),
    "Groups": ("groupSet", _set_groups),
    "InstanceInitiatedShutdownBehavior": ("instanceInitiatedShutdownBehavior", _set_behavior),
    "InstanceType": ("instanceType", _set_type),
    "Kernel": ("kernel", _only("", "kernel")),
    "Ramdisk": ("ramdisk", _only("", "ramdisk")),
    "SourceDestCheck": ("sourceDestCheck", _set_check),
    "SriovNetSupport": ("sriovNetSupport", _only("", "sriovNetSupport")),
    "UserData": ("userData", _set_user_data),
}
"""Member of the request → (attribute, what changes it)."""
_FLAGS = ("DisableApiStop", "DisableApiTermination", "EbsOptimized", "EnaSupport", "SourceDestCheck")


@operation("ec2", "ModifyInstanceAttribute")
def modify_instance_attribute(call: Call, request: Shape) -> Shape:
    """Change one attribute of an instance; type and user data while it is stopped."""
    wanted = _asked(request)
    if not wanted:
        raise combination("No attributes specified.")
    if len(wanted) > 1:
        raise combination("Fields for multiple attribute types specified")
    (instance,) = selected(call, [request["InstanceId"]])
    if instance.state in ("shutting-down", "terminated"):
        raise Fault("IncorrectInstanceState", f"The instance '{instance.id}' is {instance.state}.")
    ((member, value),) = wanted.items()
    CHANGES[member][1](call, instance, value)
    call.session.flush()
    return {}


def _asked(request: Shape) -> dict[str, Any]:
    """(member, value) of what a request changes, whichever way it was written."""
    wanted: dict[str, Any] = {}
    for member in CHANGES:
        given = request.get(member)
        if isinstance(given, dict):
            given = given.get("Enabled" if member == "EnclaveOptions" else "Value")
        if given not in (None, []):
            wanted[member] = given
    named, text = request.get("Attribute"), request.get("Value")
    if named and text is not None:
        members = {attribute: member for member, (attribute, _) in CHANGES.items()}
        if named not in members or named in ("blockDeviceMapping", "groupSet", "enclaveOptions"):
            raise invalid(
                f"Value ({named}) for parameter attribute is invalid: it has a parameter of its own."
            )
        wanted[members[named]] = _parsed(members[named], str(text))
    return wanted


def _parsed(member: str, text: str) -> Any:
    """A value that came as text."""
    if member == "UserData":
        return decoded_user_data(text) or b""
    if member in _FLAGS:
        if text not in ("true", "false"):
            raise invalid(f"Value ({text}) for parameter value is invalid. Use true or false.")
        return text == "true"
    return text


@operation("ec2", "ResetInstanceAttribute")
def reset_instance_attribute(call: Call, request: Shape) -> Shape:
    """Take an instance's source/dest check back to true."""
    (instance,) = selected(call, [request["InstanceId"]])
    if request["Attribute"] in ("kernel", "ramdisk"):
        return {}  # there is none, and nothing else can be
    if request["Attribute"] != "sourceDestCheck":
        raise invalid("Only the attributes sourceDestCheck, kernel and ramdisk can be reset.")
    _set_check(call, instance, True)
    call.session.flush()
    return {}
