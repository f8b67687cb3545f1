"""Attributes of an image: modify, describe, reset; and a recipient's no to a share."""

from collections.abc import Callable

from amiable.api.call import Call
from amiable.api.ec2 import launch_permissions
from amiable.api.ec2.image_shapes import code_shapes
from amiable.api.faults import combination, invalid
from amiable.api.image_access import own_image, visible_image
from amiable.api.table import Shape, operation
from amiable.core import clock
from amiable.model.image import Image
from amiable.model.product_code import codes_of
from amiable.protocol.faults import Fault

Value = Callable[[Image], str | None]

VALUES: dict[str, tuple[str, Value]] = {
    "description": ("Description", lambda image: image.description),
    "kernel": ("KernelId", lambda image: None),
    "ramdisk": ("RamdiskId", lambda image: None),
    "sriovNetSupport": ("SriovNetSupport", lambda image: image.sriov_net_support),
    "bootMode": ("BootMode", lambda image: image.boot_mode),
    "tpmSupport": ("TpmSupport", lambda image: image.tpm_support),
    "uefiData": ("UefiData", lambda image: image.uefi_data),
    "imdsSupport": ("ImdsSupport", lambda image: image.imds_support),
    "deregistrationProtection": (
        "DeregistrationProtection",
        lambda image: image.deregistration_protection,
    ),
    "lastLaunchedTime": (
        "LastLaunchedTime",
        lambda image: clock.iso(image.last_launched_at) if image.last_launched_at else None,
    ),
}
"""Attribute → (member of the answer, its value)."""


@operation("ec2", "ModifyImageAttribute")
def modify_image_attribute(call: Call, request: Shape) -> Shape:
    """Change one attribute of an image: description, imdsSupport or launchPermission."""
    image = own_image(call, request["ImageId"])
    if request.get("ProductCodes"):
        raise invalid("Product codes of an image cannot be changed.")
    wanted = _asked(call, request)
    if len(wanted) != 1:
        raise combination("Specify exactly one attribute: description, imdsSupport or launchPermission.")
    (change,) = wanted
    change(image)
    return {}


def _asked(call: Call, request: Shape) -> list[Callable[[Image], None]]:
    """The changes that a request asks for."""
    named = request.get("Attribute") or ""
    named = named[:1].lower() + named[1:]  # Ansible writes LaunchPermission, and AWS takes it
    if named not in ("", "description", "imdsSupport", "launchPermission"):
        raise invalid(f"Value ({named}) for parameter attribute is invalid: it cannot be modified.")
    asked: list[Callable[[Image], None]] = []
    values = {"description": request.get("Description"), "imdsSupport": request.get("ImdsSupport")}
    if named in values and request.get("Value") is not None:
        values[str(named)] = {"Value": request["Value"]}
    if (text := (values["description"] or {}).get("Value")) is not None:
        asked.append(lambda image: _describe(image, str(text)))
    if (support := (values["imdsSupport"] or {}).get("Value")) is not None:
        asked.append(lambda image: _require_tokens(image, str(support)))
    if (permissions := launch_permissions.changes(call, request)) is not None:
        asked.append(lambda image: launch_permissions.apply(call, image, *permissions))
    return asked


def _describe(image: Image, text: str) -> None:
    if len(text) > 255:
        raise invalid("The description must not be longer than 255 characters.")
    image.description = text


def _require_tokens(image: Image, support: str) -> None:
    if support != "v2.0":
        raise invalid("The value of imdsSupport must be v2.0; once set, it cannot be taken back.")
    image.imds_support = support


@operation("ec2", "DescribeImageAttribute")
def describe_image_attribute(call: Call, request: Shape) -> Shape:
    """One attribute of an image; anyone who may launch it sees what is not the owner's alone."""
    attribute = request["Attribute"]
    if attribute == "blockDeviceMapping":
        raise Fault("AuthFailure", "Unauthorized attempt to access restricted resource")
    if attribute == "productCodes":
        image = visible_image(call, request["ImageId"])
        codes = codes_of(call.session, [image.id]).get(image.id, ())
        return {"ImageId": image.id, "ProductCodes": code_shapes(codes)}
    image = own_image(call, request["ImageId"])
    if attribute == "launchPermission":
        return {"ImageId": image.id, "LaunchPermissions": launch_permissions.permission_shapes(image)}
    if attribute not in VALUES:
        raise invalid(f"Value ({attribute}) for parameter attribute is invalid. Unknown image attribute.")
    member, value = VALUES[attribute]
    known = value(image)
    return {"ImageId": image.id, member: {} if known is None else {"Value": known}}


@operation("ec2", "ResetImageAttribute")
def reset_image_attribute(call: Call, request: Shape) -> Shape:
    """Take back all launch permissions of an image."""
    image = own_image(call, request["ImageId"])
    if request["Attribute"] != "launchPermission":
        raise invalid("Only the attribute launchPermission can be reset.")
    image.permissions.clear()
    return {}


@operation("ec2", "CancelImageLaunchPermission")
def cancel_image_launch_permission(call: Call, request: Shape) -> Shape:
    """Give back a permission that another account granted to this one directly."""
    image = visible_image(call, request["ImageId"], lock=True)
    direct = next((row for row in image.permissions if row.grantee == call.account_id), None)
    if direct is None:
        raise Fault(
            "OperationNotPermitted",
            f"The image {image.id} is not shared with account {call.account_id} directly: a public share, or "
            "one with an organization or unit, is for its owner to take back.",
        )
    image.permissions.remove(direct)
    return {"Return": True}
