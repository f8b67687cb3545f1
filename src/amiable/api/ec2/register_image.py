"""RegisterImage: an image of snapshots that are there already.

Nothing is stored, so the image is available at once. Defaults are AWS's, old as they are: without
Architecture it is i386, without VirtualizationType paravirtual. Such an image is registered and listed, but
it does not launch here, and launching says so (bootable.py).
"""

import base64
import binascii

from amiable.api.call import Call
from amiable.api.ec2.block_devices import overlaid, rows_of
from amiable.api.ec2.copies import refuse
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.image_names import check_image_name
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.model.account import Account
from amiable.model.image import Image
from amiable.model.product_code import inherit_codes
from amiable.protocol.faults import Fault

MAX_UEFI_DATA = 64000
_ARCHITECTURES = ("i386", "x86_64", "arm64")
_BOOT_MODES = ("legacy-bios", "uefi")


def _check(request: Shape) -> None:
    """Refuse what can not be, and what amiable does not do."""
    refuse(
        request,
        ImageLocation="images are backed by snapshots, not by manifests in S3",
        BillingProducts="products are sold by product codes",
        KernelId="images boot by their own boot loader",
        RamdiskId="images boot by their own boot loader",
    )
    architecture = request.get("Architecture") or "i386"
    if architecture not in _ARCHITECTURES:
        raise unsupported(f"Images of architecture {architecture} are not supported.")
    if (request.get("VirtualizationType") or "paravirtual") not in ("hvm", "paravirtual"):
        raise invalid("VirtualizationType must be hvm or paravirtual.")
    if (request.get("BootMode") or "legacy-bios") not in _BOOT_MODES:
        raise unsupported("BootMode must be legacy-bios or uefi; uefi-preferred is not supported.")
    for member in ("TpmSupport", "UefiData"):
        if request.get(member) and request.get("BootMode") != "uefi":
            raise combination(f"{member} needs the boot mode uefi.")
    if data := request.get("UefiData"):
        _check_uefi_data(data)
    if (request.get("SriovNetSupport") or "simple") != "simple":
        raise invalid("SriovNetSupport must be simple.")
    description = request.get("Description")
    if description and len(description) > 255:
        raise invalid("The description must not be longer than 255 characters.")


def _check_uefi_data(data: str) -> None:
    if len(data) > MAX_UEFI_DATA:
        raise invalid(f"UefiData must not be longer than {MAX_UEFI_DATA} characters.")
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error as wrong:
        raise invalid("UefiData is not valid Base64.") from wrong


@operation("ec2", "RegisterImage")
def register_image(call: Call, request: Shape) -> Shape:
    """Make an image of snapshots, one's own or shared; it is available at once."""
    check_image_name(call, request["Name"])
    _check(request)
    root = request.get("RootDeviceName") or "/dev/sda1"
    devices = overlaid(call, [], request.get("BlockDeviceMappings") or (), fixed=False)
    if root not in {device.name for device in devices if device.snapshot_id}:
        raise Fault(
            "InvalidBlockDeviceMapping", f"The root device {root} must be mapped, and have a snapshot."
        )
    tags = specified(request, "image")
    image_id = ids.new_id("ami")
    call.session.add(
        Image(
            id=image_id,
            region=call.region,
            account_id=call.account_id,
            owner_alias=call.session.get_one(Account, call.account_id).alias,
            name=request["Name"],
            description=request.get("Description"),
            state="available",
            architecture=request.get("Architecture") or "i386",
            virtualization_type=request.get("VirtualizationType") or "paravirtual",
            boot_mode=request.get("BootMode") or "legacy-bios",
            root_device_name=root,
            ena_support=bool(request.get("EnaSupport")),
            sriov_net_support=request.get("SriovNetSupport"),
            tpm_support=request.get("TpmSupport"),
            uefi_data=request.get("UefiData"),
            imds_support=request.get("ImdsSupport"),
            created_at=call.now,
            devices=rows_of(devices, image_id),
        )
    )
    call.session.flush()
    inherit_codes(call.session, image_id, *(device.snapshot_id for device in devices if device.snapshot_id))
    apply(call, image_id, "image", tags.get("image"))
    return {"ImageId": image_id}
