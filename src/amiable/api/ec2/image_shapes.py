"""Images as EC2 prints them: the row, and what other tables know of it, gathered for a whole page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from amiable.api.allowed_images import allowed_among
from amiable.api.call import Call
from amiable.api.ec2.block_devices import mapping_shape
from amiable.api.table import Shape
from amiable.api.tags import tag_set
from amiable.core import clock
from amiable.model.image import Image
from amiable.model.product_code import codes_of
from amiable.model.watermark import ImageWatermark, watermarks_of


def image_shapes(
    call: Call, images: Sequence[Image], tags: Mapping[str, dict[str, str]], settings: Shape
) -> list[Shape]:
    """`Images` of an answer; `settings` are the caller's of allowed images.

    What an image's owner does with it (launches, protection, the instance that it was made of) others do not
    see.
    """
    image_ids = [image.id for image in images]
    codes, watermarks = codes_of(call.session, image_ids), watermarks_of(call.session, image_ids)
    ok = allowed_among(call, settings, image_ids)
    return [
        _shape(image, call.account_id)
        | {
            "Tags": tag_set(tags.get(image.id)),
            "ProductCodes": code_shapes(codes.get(image.id, ())),
            "ImageWatermarks": watermark_shapes(watermarks.get(image.id, ())),
        }
        | ({} if ok is None else {"ImageAllowed": image.id in ok})
        for image in images
    ]


def code_shapes(codes: Iterable[str]) -> list[Shape]:
    """`ProductCodes` of an answer."""
    return [{"ProductCodeId": code, "ProductCodeType": "marketplace"} for code in codes]


def watermark_shapes(watermarks: Sequence[ImageWatermark]) -> list[Shape]:
    """`ImageWatermarks` of an answer."""
    return [
        {
            "WatermarkKey": row.key,
            "SourceImageId": row.source_image_id,
            "SourceImageRegion": row.source_region,
            "SourceImageCreationTime": row.source_created_at,
            "WatermarkCreationTime": row.attached_at,
        }
        for row in watermarks
    ]


def _shape(image: Image, viewer: str) -> Shape:
    shape: Shape = {
        "ImageId": image.id,
        "ImageLocation": f"{image.owner_alias or image.account_id}/{image.name}",
        "State": image.state,
        "OwnerId": image.account_id,
        "CreationDate": clock.iso(image.created_at),
        "Public": image.public,
        "Architecture": image.architecture,
        "ImageType": "machine",
        "PlatformDetails": "Linux/UNIX",
        "UsageOperation": "RunInstances",
        "BlockDeviceMappings": mapping_shape(image),
        "EnaSupport": image.ena_support,
        "FreeTierEligible": image.free_tier_eligible,
        "Hypervisor": "xen",
        "Name": image.name,
        "RootDeviceName": image.root_device_name,
        "RootDeviceType": "ebs",
        "VirtualizationType": image.virtualization_type,
        "BootMode": image.boot_mode,
    }
    optional: dict[str, Any] = {
        "ImageOwnerAlias": image.owner_alias,
        "Description": image.description,
        "DeprecationTime": image.deprecated_at and clock.iso(image.deprecated_at),
        "ImdsSupport": image.imds_support,
        "TpmSupport": image.tpm_support,
        "SriovNetSupport": image.sriov_net_support,
        "PublicSsmParameterName": image.public_parameter_name,
        "SourceImageId": image.source_image_id,
        "SourceImageRegion": image.source_image_region,
        "InstanceTypeSpecification": _types_shape(image),
    }
    if viewer == image.account_id:
        optional |= {
            "DeregistrationProtection": image.deregistration_protection,
            "LastLaunchedTime": image.last_launched_at and clock.iso(image.last_launched_at),
            "SourceInstanceId": image.source_instance_id,
        }
    shape |= {key: value for key, value in optional.items() if value}
    if image.state_reason_code:
        shape["StateReason"] = {"Code": image.state_reason_code, "Message": image.state_reason_message or ""}
    return shape


def _types_shape(image: Image) -> Shape:
    members = {
        "SupportedInstanceTypes": image.supported_types,
        "UnsupportedInstanceTypes": image.unsupported_types,
    }
    return {
        member: [{"InstanceType": one} for one in patterns]
        for member, patterns in members.items()
        if patterns
    }
