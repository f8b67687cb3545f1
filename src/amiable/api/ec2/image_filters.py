"""The filters and scopes of DescribeImages: owners and grantees."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.model.account import AMAZON, MARKETPLACE, Account
from amiable.model.image import EVERYONE, Image, ImageDevice, LaunchPermission
from amiable.model.matching import any_matches
from amiable.model.organization import grantees
from amiable.model.product_code import ProductCode
from amiable.model.watermark import ImageWatermark
from amiable.protocol.faults import Fault

_public = exists(
    select(LaunchPermission.image_id).where(
        LaunchPermission.image_id == Image.id, LaunchPermission.grantee == EVERYONE
    )
)


def _named_by(image_id: Any) -> Callable[[filters.Filter], filters.Filter]:
    """Turns a filter of rows that belong to images into one of the images that a column of theirs names."""
    return lambda row: lambda value: Image.id.in_(select(image_id).where(row(value)))


_device = _named_by(ImageDevice.image_id)
_watermark = _named_by(ImageWatermark.image_id)

FILTERS: dict[str, filters.Filter] = {
    "architecture": filters.text(Image.architecture),
    "block-device-mapping.delete-on-termination": _device(filters.flag(ImageDevice.delete_on_termination)),
    "block-device-mapping.device-name": _device(filters.text(ImageDevice.device_name)),
    "block-device-mapping.snapshot-id": _device(filters.text(ImageDevice.snapshot_id)),
    "block-device-mapping.volume-size": _device(filters.number(ImageDevice.volume_size)),
    "block-device-mapping.volume-type": _device(filters.text(ImageDevice.volume_type)),
    "block-device-mapping.encrypted": filters.constant("false"),
    "boot-mode": filters.text(Image.boot_mode),
    "creation-date": filters.instant(Image.created_at),
    "description": filters.text(Image.description),
    "ena-support": filters.flag(Image.ena_support),
    "free-tier-eligible": filters.flag(Image.free_tier_eligible),
    "hypervisor": filters.constant("xen"),
    "image-id": filters.text(Image.id),
    "image-type": filters.constant("machine"),
    "image-watermark.source-image-creation-time": _watermark(
        filters.instant(ImageWatermark.source_created_at)
    ),
    "image-watermark.source-image-id": _watermark(filters.text(ImageWatermark.source_image_id)),
    "image-watermark.source-image-region": _watermark(filters.text(ImageWatermark.source_region)),
    "image-watermark.watermark-creation-time": _watermark(filters.instant(ImageWatermark.attached_at)),
    "image-watermark.watermark-key": _watermark(filters.text(ImageWatermark.key)),
    "instance-type-specification.supported-instance-type": lambda value: any_matches(
        Image.supported_types, value
    ),
    "instance-type-specification.unsupported-instance-type": lambda value: any_matches(
        Image.unsupported_types, value
    ),
    "is-public": filters.flag(_public),
    "kernel-id": filters.constant(None),
    "manifest-location": filters.text(func.coalesce(Image.owner_alias, Image.account_id) + "/" + Image.name),
    "name": filters.text(Image.name),
    "owner-alias": filters.text(Image.owner_alias),
    "owner-id": filters.text(Image.account_id),
    "platform": filters.constant(None),
    "product-code": lambda value: Image.id.in_(
        select(ProductCode.resource_id).where(filters.text(ProductCode.code)(value))
    ),
    "product-code.type": lambda value: and_(
        filters.constant("marketplace")(value), Image.id.in_(select(ProductCode.resource_id))
    ),
    "public-ssm-parameter-name": filters.text(Image.public_parameter_name),
    "ramdisk-id": filters.constant(None),
    "root-device-name": filters.text(Image.root_device_name),
    "root-device-type": filters.constant("ebs"),
    "source-image-id": filters.text(Image.source_image_id),
    "source-image-region": filters.text(Image.source_image_region),
    "source-instance-id": filters.text(Image.source_instance_id),
    "state": filters.text(Image.state),
    "state-reason-code": filters.text(Image.state_reason_code),
    "state-reason-message": filters.text(Image.state_reason_message),
    "sriov-net-support": filters.text(Image.sriov_net_support),
    "virtualization-type": filters.text(Image.virtualization_type),
}


def owned_by(call: Call, owners: list[str]) -> ColumnElement[bool]:
    """The images of these owners: account ids, `self` or an alias. Raises InvalidUserID.Malformed."""
    choices: list[ColumnElement[bool]] = []
    for owner in owners:
        if owner == "self":
            choices.append(Image.account_id == call.account_id)
        elif _is_account(owner):
            choices.append(Image.account_id == owner)
        elif owner == AMAZON:
            built_in = Image.account_id.in_(select(Account.id).where(Account.alias == AMAZON))
            choices.append(and_(built_in, Image.owner_alias.is_distinct_from(MARKETPLACE)))
        elif owner == MARKETPLACE:
            choices.append(Image.owner_alias == MARKETPLACE)
        elif owner == "aws-backup-vault":
            choices.append(false())
        else:
            raise _malformed(owner)
    return or_(*choices)


def executable_by(call: Call, users: list[str]) -> ColumnElement[bool]:
    """The images granted to one of these: account ids, `self` or `all`. Raises InvalidUserID.Malformed.

    The caller's organisation and unit count for itself. With whom else an image is shared is its owner's to
    know: another's id finds the caller's own images only.
    """
    names = grantees(call.session, call.account_id, call.settings.organization)
    choices: list[ColumnElement[bool]] = []
    for user in users:
        if user in ("self", call.account_id):
            choices.append(_granted(*(name for name in names if name != EVERYONE)))
        elif user == EVERYONE:
            choices.append(_granted(EVERYONE))
        elif _is_account(user):
            choices.append(and_(Image.account_id == call.account_id, _granted(user)))
        else:
            raise _malformed(user)
    return or_(*choices)


def _granted(*names: str) -> ColumnElement[bool]:
    return Image.permissions.any(LaunchPermission.grantee.in_(names))


def _is_account(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) == 12


def _malformed(user: str) -> Fault:
    return Fault("InvalidUserID.Malformed", f'Invalid user id: "{user}"')
