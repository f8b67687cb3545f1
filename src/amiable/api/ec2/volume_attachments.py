"""AttachVolume and DetachVolume, on running and stopped instances.

The operations write the attachment (`attaching`, `detaching`); the stories talk with the machine
(flows/attachments.py).
"""

from amiable.api.call import Call
from amiable.api.ec2.block_devices import DEVICE_NAME
from amiable.api.ec2.subscribed import attach_codes, check_subscribed
from amiable.api.ec2.volumes import attachment_shape
from amiable.api.faults import invalid, unsupported
from amiable.api.owned import owned
from amiable.api.table import Shape, operation
from amiable.compute.spec import MAX_DISKS
from amiable.model.flow import enqueue
from amiable.model.instance import Instance
from amiable.model.volume import Attachment, Volume
from amiable.protocol.faults import Fault


def _position(device: str) -> str:
    """Names of one place compare equal: /dev/sdf, sdf and xvdf."""
    return device.removeprefix("/dev/").replace("xvd", "sd", 1)


def free_device(instance: Instance, device: str) -> str:
    """The device name, if it is one and nothing is there. Raises InvalidParameterValue."""
    if not DEVICE_NAME.match(device):
        raise invalid(
            f"Value ({device}) for parameter device is invalid. {device} is not a valid EBS device name."
        )
    if any(_position(row.device) == _position(device) for row in instance.attachments):
        raise invalid(f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use")
    return device


def attachable_volume(call: Call, volume_id: str, instance: Instance) -> Volume:
    """The caller's volume, locked, if it can go to that instance. Raises the faults for why not."""
    volume = owned(call, Volume, "vol", volume_id, lock=True)
    if volume.attachment is not None:
        raise Fault("VolumeInUse", f"{volume.id} is already attached to an instance")
    if volume.state != "available":
        raise Fault("IncorrectState", f"The volume {volume.id} is {volume.state}; it must be available.")
    if volume.availability_zone != instance.availability_zone or volume.host != instance.host:
        raise Fault(
            "InvalidVolume.ZoneMismatch",
            f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'",
        )
    check_subscribed(call, volume.id)
    return volume


@operation("ec2", "AttachVolume")
def attach_volume(call: Call, request: Shape) -> Shape:
    """Attach a volume to an instance; a running guest sees a new disk within a second."""
    if request.get("EbsCardIndex"):
        raise unsupported("Instances here have one EBS card: EbsCardIndex is not supported.")
    instance = owned(call, Instance, "i", request["InstanceId"], lock=True)
    if instance.state not in ("running", "stopped"):
        raise Fault(
            "IncorrectState", f"Instance '{instance.id}' is {instance.state}; it must be running or stopped."
        )
    volume = attachable_volume(call, request["VolumeId"], instance)
    device = free_device(instance, request["Device"])
    if len(instance.attachments) >= MAX_DISKS:
        raise Fault("AttachmentLimitExceeded", f"An instance has at most {MAX_DISKS} volumes.")
    attach_codes(call, volume, instance)
    attachment = Attachment(
        volume_id=volume.id,
        instance_id=instance.id,
        device=device,
        attached_at=call.now,
        delete_on_termination=False,
    )
    call.session.add(attachment)
    volume.state = "in-use"
    call.session.flush()
    enqueue(call.session, "attach-volume", instance.id, host=instance.host, volume_id=volume.id)
    return attachment_shape(attachment)


def _attachment(volume: Volume, request: Shape) -> Attachment:
    """The attachment that a request names, by its volume and perhaps instance and device."""
    attachment = volume.attachment
    if attachment is None:
        raise Fault("IncorrectState", f"Volume '{volume.id}' is in the '{volume.state}' state.")
    wanted = request.get("InstanceId")
    if wanted and wanted != attachment.instance_id:
        raise Fault(
            "InvalidAttachment.NotFound", f"The volume '{volume.id}' is not attached to instance '{wanted}'."
        )
    device = request.get("Device")
    if device and _position(device) != _position(attachment.device):
        raise Fault(
            "InvalidAttachment.NotFound", f"The volume '{volume.id}' is not attached as device '{device}'."
        )
    return attachment


@operation("ec2", "DetachVolume")
def detach_volume(call: Call, request: Shape) -> Shape:
    """Detach a volume: the guest is asked to give it back; with Force it is taken after ten seconds."""
    volume = owned(call, Volume, "vol", request["VolumeId"], lock=True)
    attachment = _attachment(volume, request)
    instance = owned(call, Instance, "i", attachment.instance_id, lock=True)
    if attachment.device == instance.root_device_name and instance.state != "stopped":
        raise Fault(
            "OperationNotPermitted",
            f"Unable to detach root volume '{volume.id}' from instance '{instance.id}': stop it first.",
        )
    force = bool(request.get("Force"))
    if attachment.state == "attaching" or (attachment.state == "detaching" and not force):
        raise Fault(
            "IncorrectState",
            f"The volume {volume.id} is {attachment.state}; Force takes what a guest does not give back.",
        )
    attachment.state = "detaching"
    enqueue(call.session, "detach-volume", instance.id, host=instance.host, volume_id=volume.id, force=force)
    return attachment_shape(attachment)


def check_has_root(instance: Instance) -> None:
    """Raise the fault of an instance that can neither start nor be imaged: its root volume is detached."""
    if instance.root is None or instance.root.state == "detaching":
        raise invalid(
            f"Invalid value '{instance.id}' for instanceId. Instance does not have a volume attached at root "
            f"({instance.root_device_name})"
        )
