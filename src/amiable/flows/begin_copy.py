"""The rows of an image's copy in another region, and its story: what CopyImage and publishing share.

A copy inherits mapping, looks, product codes and watermarks; not tags, permissions, deprecation, protection
or the catalog's name.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from amiable.core import ids
from amiable.model.flow import enqueue
from amiable.model.image import Image, ImageDevice
from amiable.model.product_code import inherit_codes
from amiable.model.snapshot import Snapshot
from amiable.model.watermark import inherit_watermarks

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
_DEVICE = (
    "device_name",
    "position",
    "volume_size",
    "volume_type",
    "iops",
    "throughput",
    "delete_on_termination",
)


def begin_copy(
    session: Session,
    source: Image,
    *,
    region: str,
    account_id: str,
    owner_alias: str | None,
    name: str,
    description: str | None,
    now: datetime,
) -> Image:
    """The pending copy of an available image, its pending snapshots, and the story that makes it whole."""
    image_id = ids.new_id("ami")
    devices, copies = [], {}
    for device in source.devices:
        snapshot_id = None
        if device.snapshot_id:
            snapshot_id = _snapshot(session, device.snapshot_id, source, image_id, region, account_id, now)
            copies[snapshot_id] = device.snapshot_id
        values = {column: getattr(device, column) for column in _DEVICE}
        devices.append(ImageDevice(image_id=image_id, snapshot_id=snapshot_id, **values))
    image = Image(
        id=image_id,
        region=region,
        account_id=account_id,
        owner_alias=owner_alias,
        name=name,
        description=description,
        source_image_id=source.id,
        source_image_region=source.region,
        created_at=now,
        devices=devices,
        **{column: getattr(source, column) for column in _LOOKS},
    )
    session.add(image)
    session.flush()
    inherit_codes(session, image_id, source.id)
    inherit_watermarks(session, image_id, source.id)
    enqueue(session, "copy-image", image_id, source_region=source.region, snapshots=copies)
    return image


def _snapshot(
    session: Session,
    source_id: str,
    image: Image,
    copy_id: str,
    region: str,
    account_id: str,
    now: datetime,
) -> str:
    """The id of a pending snapshot that becomes a copy of the source."""
    source = session.get_one(Snapshot, source_id)
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=region,
        account_id=account_id,
        volume_size=source.volume_size,
        description=f"Copied for DestinationAmi {copy_id} from SourceAmi {image.id} "
        f"for SourceSnapshot {source.id}",
        started_at=now,
        consistency=source.consistency,
    )
    session.add(snapshot)
    inherit_codes(session, snapshot.id, source.id)
    return snapshot.id
