"""What a launch request may say, and what it means: each function reads one part, or refuses it.

RunInstances uses them all; CreateLaunchTemplate asks them what to warn of. `SUPPORTED` are the parameters
that are acted on; of the others `HARMLESS` names the values that ask for what every instance here is anyway.
Anything else that asks for something is refused by name, never ignored.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from amiable.api.call import Call
from amiable.api.ec2.block_devices import Device, of_image, overlaid
from amiable.api.ec2.bootable import check_bootable
from amiable.api.ec2.image_instance_types import check_fits
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.table import Shape
from amiable.compute.spec import MAX_DISKS
from amiable.model.account_setting import chosen
from amiable.model.image import Image
from amiable.model.instance_type import InstanceType, instance_type
from amiable.model.key_pair import KeyPair, key_pair_named
from amiable.protocol.faults import Fault

DEFAULT_TYPE = "t3.micro"
MAX_USER_DATA = 16384
MAX_INSTANCES = 100
METADATA_DEFAULTS = "instance-metadata-defaults"
"""The account's choice; kept by metadata_options.py."""

SUPPORTED = {
    "BlockDeviceMappings",
    "ClientToken",
    "CreditSpecification",
    "DisableApiStop",
    "DisableApiTermination",
    "DryRun",
    "EbsOptimized",
    "IamInstanceProfile",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "KeyName",
    "LaunchTemplate",
    "MaxCount",
    "MetadataOptions",
    "MinCount",
    "Monitoring",
    "NetworkInterfaces",
    "PrivateIpAddress",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
    "TagSpecifications",
    "UserData",
}
HARMLESS: dict[str, tuple[str, ...] | None] = {
    "CapacityReservationSpecification.CapacityReservationPreference": ("open", "none"),
    "MaintenanceOptions.AutoRecovery": ("default", "disabled"),
    "NetworkPerformanceOptions.BandwidthWeighting": ("default",),
    "Placement.AvailabilityZone": None,
    "Placement.Tenancy": ("default",),
    "PrivateDnsNameOptions.HostnameType": ("ip-name",),
}
"""Member → values that change nothing; None for any."""

_PROFILE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:instance-profile/(?:[\x21-\x7e]+/)?[\w+=,.@-]{1,128}")
_PROFILE_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


def _asked(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """(path, value) of what says more than nothing: clients send empty structures (wire-facts, 3)."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _asked(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _asked(item, path)
    elif value not in (None, "", False):
        yield path, value


def refuse_unsupported(request: Shape) -> None:
    """Raise UnsupportedOperation for the first parameter that asks for what is not done here."""
    for name, given in request.items():
        if name in SUPPORTED:
            continue
        for path, value in _asked(given, name):
            if path not in HARMLESS:
                raise unsupported(f"The parameter {path} is not supported.")
            values = HARMLESS[path]
            if values is not None and value not in values:
                raise unsupported(f"The parameter {path} is not supported with the value '{value}'.")


def type_of(request: Shape, image: Image) -> InstanceType:
    """The instance type, which must fit the image."""
    name = request.get("InstanceType") or DEFAULT_TYPE
    kind = instance_type(name)
    if kind is None:
        raise invalid(f"Invalid value '{name}' for InstanceType.")
    check_bootable(image)
    check_fits(image, kind.name)
    return kind


def user_data(request: Shape) -> bytes | None:
    """UserData, decoded."""
    return decoded_user_data(request.get("UserData"))


def decoded_user_data(text: str | None) -> bytes | None:
    """At most 16 KiB from base64; None for nothing."""
    if not text:
        return None
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise Fault("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from wrong
    if len(data) > MAX_USER_DATA:
        raise invalid(f"User data is limited to {MAX_USER_DATA} bytes")
    return data


def metadata_options(call: Call, request: Shape, image: Image) -> dict[str, Any]:
    """The instance's columns: request > the account's default > the image's ImdsSupport > AWS's own."""
    strict = image.imds_support == "v2.0"
    standard = {
        "HttpTokens": "required" if strict else "optional",
        "HttpPutResponseHopLimit": 2 if strict else 1,
        "HttpEndpoint": "enabled",
        "InstanceMetadataTags": "disabled",
    }
    defaults = chosen(call.session, call.account_id, call.region, METADATA_DEFAULTS)
    given = request.get("MetadataOptions") or {}
    wanted = standard | defaults | {name: value for name, value in given.items() if value not in (None, "")}
    columns = metadata_columns(wanted)
    check_tokens_enforced(call, columns["http_tokens"])
    return columns


def check_tokens_enforced(call: Call, http_tokens: str) -> None:
    """Raise HttpTokensEnforced where the account allows no instance without tokens."""
    defaults = chosen(call.session, call.account_id, call.region, METADATA_DEFAULTS)
    if defaults.get("HttpTokensEnforced") == "enabled" and http_tokens != "required":
        raise Fault(
            "HttpTokensEnforced",
            "httpTokensEnforced is enabled for this account: the instance must have httpTokens=required.",
        )


def metadata_columns(wanted: Shape) -> dict[str, Any]:
    """Metadata options, checked, as columns of an instance; what is not named is left out."""
    if wanted.get("HttpProtocolIpv6") == "enabled":
        raise unsupported("MetadataOptions.HttpProtocolIpv6 is not supported.")
    for name, values in (
        ("HttpTokens", ("optional", "required")),
        ("HttpEndpoint", ("enabled", "disabled")),
        ("InstanceMetadataTags", ("enabled", "disabled")),
    ):
        if wanted.get(name) not in (None, *values):
            raise invalid(f"{name} must be {values[0]} or {values[1]}.")
    hops = wanted.get("HttpPutResponseHopLimit")
    if hops is not None and not 1 <= int(hops) <= 64:
        raise invalid("HttpPutResponseHopLimit must be between 1 and 64.")
    tags = wanted.get("InstanceMetadataTags")
    columns = {
        "http_tokens": wanted.get("HttpTokens"),
        "http_endpoint": wanted.get("HttpEndpoint"),
        "http_hop_limit": None if hops is None else int(hops),
        "metadata_tags": None if tags is None else tags == "enabled",
    }
    return {name: value for name, value in columns.items() if value is not None}


def counts(request: Shape) -> int:
    """How many instances to make."""
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


def devices(call: Call, request: Shape, image: Image) -> list[Device]:
    """The volumes: the image's, changed by the request's mappings."""
    found = overlaid(call, of_image(image), request.get("BlockDeviceMappings") or (), fixed=False)
    if image.root_device_name not in {device.name for device in found}:
        raise Fault("InvalidBlockDeviceMapping", "The root device cannot be left out.")
    if len(found) > MAX_DISKS:
        raise Fault("AttachmentLimitExceeded", f"An instance has at most {MAX_DISKS} volumes.")
    return found


def key_pair(call: Call, request: Shape) -> KeyPair | None:
    """The key pair of KeyName."""
    name = request.get("KeyName")
    if not name:
        return None
    key = key_pair_named(call.session, name, call.account_id, call.region)
    if key is None:
        raise Fault("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
    return key


def shutdown_behavior(request: Shape) -> str:
    """`stop` or `terminate`."""
    behavior = request.get("InstanceInitiatedShutdownBehavior") or "stop"
    if behavior not in ("stop", "terminate"):
        raise invalid(f"Value ({behavior}) for parameter instanceInitiatedShutdownBehavior is invalid.")
    return str(behavior)


def instance_profile(call: Call, request: Shape) -> str | None:
    """The ARN of the instance profile, which is a name only: there are no roles here."""
    given = request.get("IamInstanceProfile") or {}
    name, arn = given.get("Name"), given.get("Arn")
    if name and arn:
        raise combination(
            "The parameters iamInstanceProfile.name and iamInstanceProfile.arn exclude each other."
        )
    if name and not _PROFILE_NAME.fullmatch(name):
        raise invalid(f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid name")
    if arn and not _PROFILE_ARN.fullmatch(arn):
        raise invalid(f"Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid ARN")
    return f"arn:aws:iam::{call.account_id}:instance-profile/{name}" if name else arn or None
