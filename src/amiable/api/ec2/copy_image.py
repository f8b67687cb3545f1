"""CopyImage: an image of this or another region becomes one of the region that is asked.

The image (`pending`), one snapshot for each of the source's, and the story `copy-image`, which moves what
the region's store lacks (flows/copies.py). What a copy inherits: mapping, boot mode and the like, product
codes, watermarks, with CopyImageTags also tags. What it does not: launch permissions, deprecation,
protection, the catalog's name.
"""

from dataclasses import replace

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.block_devices import of_image, rows_of
from amiable.api.ec2.copies import check_room, in_region, refuse, tags_for_copy
from amiable.api.ec2.image_access import visible_image
from amiable.api.faults import invalid
from amiable.api.image_names import check_image_name
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.model.account import Account
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.product_code import codes_of, inherit_codes
from amiable.model.snapshot import Snapshot, readable_by
from amiable.model.watermark import inherit_watermarks
from amiable.protocol.faults import Fault

_LOOKS = (
    "architecture",
    "boot_mode",
    "ena_support",
    "imds_support",
    "root_device_name",
    "sriov_net_support",
    "tpm_support",
    "uefi_data",
    "virtualization_type",
)
"""What the machine sees of an image."""


def _source(call: Call, request: Shape) -> Image:
    """The image to copy, if the caller may. Raises InvalidRegion, InvalidAMIID's faults, InvalidRequest."""
    image = visible_image(in_region(call, request["SourceRegion"]), request["SourceImageId"])
    if image.state != "available":
        raise Fault(
            "InvalidRequest", f"The image {image.id} is {image.state}; only available ones are copied."
        )
    if image.account_id != call.account_id and codes_of(call.session, [image.id]):
        raise Fault(
            "InvalidRequest",
            "Images from AWS Marketplace cannot be copied to another AWS account. Launch an instance of "
            "it and use CreateImage.",
        )
    return image


def _snapshots(call: Call, image: Image) -> dict[str, Snapshot]:
    """The snapshots below an image, by id, all of them readable by the caller."""
    wanted = {device.snapshot_id for device in image.devices if device.snapshot_id}
    found = call.session.scalars(
        select(Snapshot).where(
            Snapshot.id.in_(wanted), Snapshot.state == "completed", readable_by(call.account_id)
        )
    )
    snapshots = {snapshot.id: snapshot for snapshot in found}
    if wanted - set(snapshots):
        raise Fault("InvalidRequest", "You do not have permission to access the storage of this ami")
    return snapshots


@operation("ec2", "CopyImage")
def copy_image(call: Call, request: Shape) -> Shape:
    """Copy an image and its snapshots into this region; only chunks that the region lacks travel."""
    if known := made_before(call, "CopyImage", request):
        return {"ImageId": known}
    refuse(
        request,
        Encrypted="nothing is encrypted at rest",
        KmsKeyId="nothing is encrypted at rest",
        DestinationOutpostArn="there are no Outposts",
        DestinationAvailabilityZone="there are no Local Zones",
        DestinationAvailabilityZoneId="there are no Local Zones",
        SnapshotCopyCompletionDurationMinutes="a copy takes the time it needs",
    )
    name, description = request["Name"], request.get("Description")
    check_image_name(call, name)
    if description and len(description) > 255:
        raise invalid("The description must not be longer than 255 characters.")
    source = _source(call, request)
    check_room(call, "image-copies", "copy-image", Image)
    given = specified(request, "image", "snapshot")
    image_id = ids.new_id("ami")
    copies = {
        snapshot.id: _copy_of(call, snapshot, image_id, source.id, given.get("snapshot", {}))
        for snapshot in _snapshots(call, source).values()
    }
    devices = [
        replace(device, snapshot_id=copies[device.snapshot_id]) if device.snapshot_id else device
        for device in of_image(source)
    ]
    call.session.add(
        Image(
            id=image_id,
            region=call.region,
            account_id=call.account_id,
            owner_alias=call.session.get_one(Account, call.account_id).alias,
            name=name,
            description=description,
            source_image_id=source.id,
            source_image_region=source.region,
            created_at=call.now,
            devices=rows_of(devices, image_id),
            **{column: getattr(source, column) for column in _LOOKS},
        )
    )
    call.session.flush()
    inherit_codes(call.session, image_id, source.id)
    inherit_watermarks(call.session, image_id, source.id)
    tags = given.get("image", {})
    if request.get("CopyImageTags"):
        tags = tags_for_copy(call, source.id, source.account_id, tags)
    apply(call, image_id, "image", tags)
    enqueue(
        call.session,
        "copy-image",
        image_id,
        source_region=source.region,
        snapshots={copy: original for original, copy in copies.items()},
    )
    remember(call, "CopyImage", request, image_id)
    return {"ImageId": image_id}


def _copy_of(call: Call, source: Snapshot, image_id: str, source_image_id: str, tags: dict[str, str]) -> str:
    """The id of a pending snapshot that becomes a copy of `source`."""
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=call.region,
        account_id=call.account_id,
        volume_size=source.volume_size,
        description=f"Copied for DestinationAmi {image_id} from SourceAmi {source_image_id} "
        f"for SourceSnapshot {source.id}",
        started_at=call.now,
        consistency=source.consistency,
    )
    call.session.add(snapshot)
    apply(call, snapshot.id, "snapshot", tags)
    inherit_codes(call.session, snapshot.id, source.id)
    return snapshot.id
