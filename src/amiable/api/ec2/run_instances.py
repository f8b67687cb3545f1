"""RunInstances: checks a launch request, writes its rows, starts one `launch` story an instance.

What a request may say is in `SUPPORTED`; anything else that asks for something is refused by name, never
ignored. All instances of a request are made, or none.
"""

import base64
import binascii
from typing import Any

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.ec2.block_devices import Device, of_image, overlaid
from amiable.api.ec2.images import launchable_image
from amiable.api.ec2.instances import instance_shapes, reservation_shape
from amiable.api.ec2.launch_network import Placement, add_interface, place
from amiable.api.ec2.subscribed import check_subscribed
from amiable.api.faults import combination, invalid
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.core.errors import Conflict
from amiable.model.client_token import keep_token, used_token
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.instance import Instance, next_uid
from amiable.model.instance_type import InstanceType, instance_type
from amiable.model.key_pair import key_pair_named
from amiable.model.product_code import inherit_codes
from amiable.model.volume import Attachment, Volume
from amiable.protocol.faults import Fault

DEFAULT_TYPE = "t3.micro"
MAX_USER_DATA = 16384
MAX_INSTANCES = 100

SUPPORTED = {
    "BlockDeviceMappings",
    "ClientToken",
    "CreditSpecification",
    "DisableApiTermination",
    "DryRun",
    "EbsOptimized",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "KeyName",
    "MaxCount",
    "MetadataOptions",
    "MinCount",
    "Monitoring",
    "NetworkInterfaces",
    "Placement",
    "PrivateIpAddress",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
    "TagSpecifications",
    "UserData",
}


def asks_for_something(value: Any) -> bool:
    """Whether a parameter says more than nothing: clients send empty structures (wire-facts, 3)."""
    if isinstance(value, dict):
        return any(asks_for_something(item) for item in value.values())
    if isinstance(value, list):
        return any(asks_for_something(item) for item in value)
    return value not in (None, "", False)


def _refuse_unsupported(request: Shape) -> None:
    for name, value in request.items():
        if name not in SUPPORTED and asks_for_something(value):
            raise Fault("UnsupportedOperation", f"The parameter {name} is not supported.")
    placement = request.get("Placement") or {}
    for name, value in placement.items():
        ordinary = name == "AvailabilityZone" or (name == "Tenancy" and value == "default")
        if asks_for_something(value) and not ordinary:
            raise Fault("UnsupportedOperation", f"The parameter Placement.{name} is not supported.")


def _type(request: Shape, image: Image) -> InstanceType:
    name = request.get("InstanceType") or DEFAULT_TYPE
    kind = instance_type(name)
    if kind is None:
        raise invalid(f"Invalid value '{name}' for InstanceType.")
    if image.architecture != "x86_64":
        raise invalid(
            f"The architecture 'x86_64' of the specified instance type does not match the architecture "
            f"'{image.architecture}' of the specified AMI."
        )
    return kind


def _user_data(request: Shape) -> bytes | None:
    text = request.get("UserData")
    if not text:
        return None
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise Fault("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from wrong
    if len(data) > MAX_USER_DATA:
        raise invalid(f"User data is limited to {MAX_USER_DATA} bytes")
    return data


def _metadata_options(request: Shape, image: Image) -> dict[str, Any]:
    """Request > image's ImdsSupport > the default (tokens optional), as on AWS."""
    strict = image.imds_support == "v2.0"
    given = request.get("MetadataOptions") or {}
    hops = int(given.get("HttpPutResponseHopLimit") or (2 if strict else 1))
    options = {
        "http_tokens": given.get("HttpTokens") or ("required" if strict else "optional"),
        "http_endpoint": given.get("HttpEndpoint") or "enabled",
        "http_hop_limit": hops,
        "metadata_tags": given.get("InstanceMetadataTags") == "enabled",
    }
    if given.get("HttpProtocolIpv6") == "enabled":
        raise Fault("UnsupportedOperation", "MetadataOptions.HttpProtocolIpv6 is not supported.")
    if options["http_tokens"] not in ("optional", "required"):
        raise invalid("HttpTokens must be optional or required.")
    if options["http_endpoint"] not in ("enabled", "disabled"):
        raise invalid("HttpEndpoint must be enabled or disabled.")
    if not 1 <= hops <= 64:
        raise invalid("HttpPutResponseHopLimit must be between 1 and 64.")
    return options


def _counts(request: Shape) -> int:
    least, most = int(request["MinCount"]), int(request["MaxCount"])
    if least < 1 or most < 1:
        raise invalid("The number of instances must be at least 1.")
    if least > most:
        raise combination("MaxCount must be greater than or equal to MinCount.")
    if least > MAX_INSTANCES:
        raise Fault(
            "InstanceLimitExceeded", f"You have requested more instances ({least}) than {MAX_INSTANCES}."
        )
    return min(most, MAX_INSTANCES)


@operation("ec2", "RunInstances")
def run_instances(call: Call, request: Shape) -> Shape:
    """Launch instances from an image."""
    token = request.get("ClientToken")
    if token and (known := _known(call, token, request)):
        return known
    _refuse_unsupported(request)
    if not request.get("ImageId"):
        raise Fault("MissingParameter", "The request must contain the parameter ImageId")
    image = launchable_image(call, request["ImageId"])
    kind = _type(request, image)
    devices = overlaid(call, of_image(image), request.get("BlockDeviceMappings") or (), fixed=False)
    if image.root_device_name not in {device.name for device in devices}:
        raise Fault("InvalidBlockDeviceMapping", "The root device cannot be left out.")
    check_subscribed(call, image.id, *(device.snapshot_id for device in devices if device.snapshot_id))
    key = None
    if name := request.get("KeyName"):
        key = key_pair_named(call.session, name, call.account_id, call.region)
        if key is None:
            raise Fault("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
    behavior = request.get("InstanceInitiatedShutdownBehavior") or "stop"
    if behavior not in ("stop", "terminate"):
        raise invalid(f"Value ({behavior}) for parameter instanceInitiatedShutdownBehavior is invalid.")
    tags = specified(request, "instance", "volume", "network-interface")
    placement = place(call, request)
    common = {
        "region": call.region,
        "account_id": call.account_id,
        "availability_zone": placement.subnet.availability_zone,
        "reservation_id": ids.new_id("r"),
        "client_token": token,
        "image_id": image.id,
        "instance_type": kind.name,
        "architecture": image.architecture,
        "boot_mode": image.boot_mode,
        "root_device_name": image.root_device_name,
        "key_name": key.name if key else None,
        "public_key": key.public_key if key else None,
        "user_data": _user_data(request),
        "shutdown_behavior": behavior,
        "monitoring": bool((request.get("Monitoring") or {}).get("Enabled")),
        "ebs_optimized": bool(request.get("EbsOptimized")),
        "options": {"termination_protection": bool(request.get("DisableApiTermination"))},
        "vpc_id": placement.subnet.vpc_id,
        "subnet_id": placement.subnet.id,
        "host": call.settings.host_name,
        "launched_at": call.now,
        **_metadata_options(request, image),
    }
    count = _counts(request)
    if count > 1 and placement.private_ip:
        raise combination("A private IP address can be given for a single instance only.")
    instances = [_make(call, index, common, devices, placement, tags) for index in range(count)]
    if token:
        keep_token(
            call.session,
            call.account_id,
            call.region,
            "RunInstances",
            token,
            request,
            instances[0].reservation_id,
        )
    return reservation_shape(instances[0], instance_shapes(call, instances))


def _make(
    call: Call,
    index: int,
    common: dict[str, Any],
    devices: list[Device],
    placement: Placement,
    tags: dict[str, dict[str, str]],
) -> Instance:
    """One instance with its interface and volumes, and the story that launches it."""
    uid = next_uid(call.session, call.settings.host_name, call.settings.uid_base, call.settings.uid_count)
    if uid is None:
        raise Fault("InsufficientInstanceCapacity", "This host has no free user id for another instance.")
    instance = Instance(id=ids.new_id("i"), launch_index=index, uid=uid, **common)
    call.session.add(instance)
    call.session.flush()
    interface = add_interface(call, instance, placement)
    apply(call, instance.id, "instance", tags.get("instance"))
    apply(call, interface.id, "network-interface", tags.get("network-interface"))
    for device in devices:
        volume = Volume(
            id=ids.new_id("vol"),
            region=call.region,
            account_id=call.account_id,
            availability_zone=instance.availability_zone,
            size=device.size,
            volume_type=device.volume_type,
            iops=device.iops,
            throughput=device.throughput,
            snapshot_id=device.snapshot_id,
            host=instance.host,
            created_at=call.now,
        )
        call.session.add(volume)
        call.session.add(
            Attachment(
                volume_id=volume.id,
                instance_id=instance.id,
                device=device.name,
                attached_at=call.now,
                delete_on_termination=device.delete_on_termination,
            )
        )
        apply(call, volume.id, "volume", tags.get("volume"))
        if device.snapshot_id:
            inherit_codes(call.session, volume.id, device.snapshot_id)
            inherit_codes(call.session, instance.id, device.snapshot_id)
    inherit_codes(call.session, instance.id, instance.image_id)
    call.session.flush()
    call.session.refresh(instance)
    enqueue(call.session, "launch", instance.id, host=instance.host)
    return instance


def _known(call: Call, token: str, request: Shape) -> Shape | None:
    """The answer that this client token gave before, with the instances as they are now."""
    try:
        reservation_id = used_token(
            call.session, call.account_id, call.region, "RunInstances", token, request
        )
    except Conflict as other:
        raise Fault("IdempotentParameterMismatch", str(other)) from other
    if reservation_id is None:
        return None
    instances = list(
        call.session.scalars(
            select(Instance).where(Instance.reservation_id == reservation_id).order_by(Instance.launch_index)
        )
    )
    return reservation_shape(instances[0], instance_shapes(call, instances))
