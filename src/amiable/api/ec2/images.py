"""Images: describe, deregister."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.block_devices import mapping_shape
from amiable.api.ec2.image_access import launchable, own_image, visible_image
from amiable.api.ec2.image_retirement import check_unprotected
from amiable.api.ec2.snapshots import begin_delete
from amiable.api.faults import invalid
from amiable.api.owned import answer, listed
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.core import clock
from amiable.model.account import AMAZON, Account
from amiable.model.image import (
    EVERYONE,
    GONE_STATES,
    Image,
    ImageDevice,
    LaunchPermission,
    images_on_snapshot,
)
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import Snapshot
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

MARKETPLACE = "aws-marketplace"

_public = exists(
    select(LaunchPermission.image_id).where(
        LaunchPermission.image_id == Image.id, LaunchPermission.grantee == EVERYONE
    )
)


def _device(column: Any) -> filters.Filter:
    return filters.related(Image.devices.any, filters.text(column))


FILTERS: dict[str, filters.Filter] = {
    "architecture": filters.text(Image.architecture),
    "block-device-mapping.delete-on-termination": filters.related(
        Image.devices.any, filters.flag(ImageDevice.delete_on_termination)
    ),
    "block-device-mapping.device-name": _device(ImageDevice.device_name),
    "block-device-mapping.snapshot-id": _device(ImageDevice.snapshot_id),
    "block-device-mapping.volume-size": filters.related(
        Image.devices.any, filters.number(ImageDevice.volume_size)
    ),
    "block-device-mapping.volume-type": _device(ImageDevice.volume_type),
    "block-device-mapping.encrypted": filters.constant("false"),
    "boot-mode": filters.text(Image.boot_mode),
    "creation-date": filters.instant(Image.created_at),
    "description": filters.text(Image.description),
    "ena-support": filters.flag(Image.ena_support),
    "free-tier-eligible": filters.flag(Image.free_tier_eligible),
    "hypervisor": filters.constant("xen"),
    "image-id": filters.text(Image.id),
    "image-type": filters.constant("machine"),
    "is-public": filters.flag(_public),
    "kernel-id": filters.constant(None),
    "manifest-location": filters.text(Image.account_id + "/" + Image.name),
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


def _owned_by(call: Call, owners: list[str]) -> ColumnElement[bool]:
    choices: list[ColumnElement[bool]] = []
    for owner in owners:
        if owner == "self":
            choices.append(Image.account_id == call.account_id)
        elif owner.isdigit() and len(owner) == 12:
            choices.append(Image.account_id == owner)
        elif owner == AMAZON:
            choices.append(Image.account_id.in_(select(Account.id).where(Account.alias == AMAZON)))
        elif owner in (MARKETPLACE, "aws-backup-vault"):
            choices.append(false())
        else:
            raise Fault("InvalidUserID.Malformed", f'Invalid user id: "{owner}"')
    return or_(*choices)


def _executable_by(call: Call, users: list[str]) -> ColumnElement[bool]:
    grantees = []
    for user in users:
        if user == "self":
            grantees.append(call.account_id)
        elif user == EVERYONE or (user.isdigit() and len(user) == 12):
            grantees.append(user)
        else:
            raise Fault("InvalidUserID.Malformed", f'Invalid user id: "{user}"')
    return Image.permissions.any(LaunchPermission.grantee.in_(grantees))


@operation("ec2", "DescribeImages")
def describe_images(call: Call, request: Shape) -> Shape:
    """The images that the caller may launch, by id, owner, grantee and filters."""
    query = select(Image).where(
        Image.region == call.region, Image.state.not_in(GONE_STATES), launchable(call)
    )
    narrowed = []
    if owners := request.get("Owners"):
        narrowed.append(_owned_by(call, owners))
    if users := request.get("ExecutableUsers"):
        narrowed.append(_executable_by(call, users))
    rows, tags, token = listed(
        call, "DescribeImages", request, query, Image.id, "ami", "ImageIds", FILTERS, narrowed, 1
    )
    return answer("Images", [image_shape(row, tags.get(row.id)) for row in rows], token)


def image_shape(image: Image, tags: dict[str, str] | None) -> Shape:
    """An image as EC2 prints it."""
    owner = image.owner_alias or image.account_id
    shape: Shape = {
        "ImageId": image.id,
        "ImageLocation": f"{owner}/{image.name}",
        "State": image.state,
        "OwnerId": image.account_id,
        "CreationDate": clock.iso(image.created_at),
        "Public": image.public,
        "Architecture": image.architecture,
        "ImageType": "machine",
        "PlatformDetails": "Linux/UNIX",
        "UsageOperation": "RunInstances",
        "BlockDeviceMappings": mapping_shape(image),
        "EnaSupport": True,
        "Hypervisor": "xen",
        "Name": image.name,
        "RootDeviceName": image.root_device_name,
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "BootMode": image.boot_mode,
        "ProductCodes": [],
        "Tags": tag_set(tags),
    }
    optional = {
        "ImageOwnerAlias": image.owner_alias,
        "Description": image.description,
        "DeprecationTime": image.deprecated_at and clock.iso(image.deprecated_at),
        "ImdsSupport": image.imds_support,
        "SourceInstanceId": image.source_instance_id,
        "SourceImageId": image.source_image_id,
        "SourceImageRegion": image.source_image_region,
    }
    shape |= {key: value for key, value in optional.items() if value}
    if image.state_reason_code:
        shape["StateReason"] = {"Code": image.state_reason_code, "Message": image.state_reason_message or ""}
    return shape


@operation("ec2", "DeregisterImage")
def deregister_image(call: Call, request: Shape) -> Shape:
    """Take an image out of use, with its snapshots if asked; instances go on running."""
    image = own_image(call, request["ImageId"])
    check_unprotected(call, image)
    image.state = "deregistered"
    image.deregistered_at = call.now
    image.permissions.clear()
    drop_tags(call.session, image.id)
    call.session.flush()
    results = []
    if request.get("DeleteAssociatedSnapshots"):
        results = [_delete_associated(call, row.snapshot_id) for row in image.devices if row.snapshot_id]
    return {"Return": True, "DeleteSnapshotResults": results}


def _delete_associated(call: Call, snapshot_id: str) -> Shape:
    """One entry of DeleteSnapshotResults: a snapshot that another image uses is skipped."""
    snapshot = call.session.get(Snapshot, snapshot_id)
    if snapshot is None:
        code = "success"
    elif snapshot.account_id != call.account_id:
        code = "missing-permissions"
    elif images_on_snapshot(call.session, snapshot_id):
        code = "skipped"
    else:
        begin_delete(call, snapshot)
        code = "success"
    return {"SnapshotId": snapshot_id, "ReturnCode": code}


def launchable_image(call: Call, image_id: str) -> Image:
    """The available image that the caller may launch. Raises InvalidAMIID's faults."""
    image = visible_image(call, image_id)
    if image.state != "available":
        raise invalid(f"The image '{image_id}' is {image.state}: it can be launched once it is available.")
    return image
