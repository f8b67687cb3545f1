"""What a stored image (`<ami-id>.bin`) says of the image in it: written by us, read as a stranger's.

Names of members are the columns of the rows. What AWS does not keep is not here: sharing, deprecation,
protection, product codes (such images are not stored).
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from amiable.core.errors import Corrupt
from amiable.model.image import IMAGE_NAME, Image, ImageDevice

_DEVICE = re.compile(r"[A-Za-z0-9/]{1,32}")
_CHOICES: dict[str, tuple[Any, ...]] = {
    "architecture": ("x86_64", "arm64", "i386"),
    "boot_mode": ("legacy-bios", "uefi"),
    "virtualization_type": ("hvm", "paravirtual"),
    "ena_support": (True, False),
    "sriov_net_support": (None, "simple"),
    "tpm_support": (None, "v2.0"),
    "imds_support": (None, "v2.0"),
}
_VOLUME_TYPES = ("standard", "gp2", "gp3", "io1", "io2", "st1", "sc1")
_LONGEST = {"name": 128, "description": 255, "root_device_name": 32, "uefi_data": 64000}


@dataclass(frozen=True)
class Device:
    """One entry of the mapping. `manifest`: its name in the bundle; None for a blank volume."""

    device_name: str
    volume_size: int
    volume_type: str
    iops: int | None
    throughput: int | None
    delete_on_termination: bool
    manifest: str | None


def describe(image: Image, tags: Mapping[str, str]) -> dict[str, Any]:
    """The JSON of an image; each snapshot's manifest bears the snapshot's id."""
    columns = {name: getattr(image, name) for name in (*_CHOICES, *_LONGEST)}
    devices = [
        asdict(
            Device(
                device_name=row.device_name,
                volume_size=row.volume_size,
                volume_type=row.volume_type,
                iops=row.iops,
                throughput=row.throughput,
                delete_on_termination=row.delete_on_termination,
                manifest=row.snapshot_id,
            )
        )
        for row in image.devices
    ]
    return {"image": columns, "devices": devices, "tags": dict(tags)}


def columns_of(about: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The image's columns, checked. Raises Corrupt."""
    said = about.get("image")
    if not isinstance(said, dict):
        raise Corrupt(where, "it does not describe an image")
    columns: dict[str, Any] = {}
    for name, choices in _CHOICES.items():
        if said.get(name) not in choices:
            raise Corrupt(where, f"its {name} is none that an image can have")
        columns[name] = said[name]
    for name, longest in _LONGEST.items():
        value = said.get(name)
        if not (value is None or (isinstance(value, str) and len(value) <= longest)):
            raise Corrupt(where, f"its {name} is none that an image can have")
        columns[name] = value
    if not IMAGE_NAME.fullmatch(columns["name"] or ""):
        raise Corrupt(where, "its name is none that an image can have")
    if not _DEVICE.fullmatch(columns["root_device_name"] or ""):
        raise Corrupt(where, "its root device is malformed")
    return columns


def devices_of(about: Mapping[str, Any], manifests: Mapping[str, int], where: str) -> list[Device]:
    """The mapping, checked; `manifests`: the GiB that each manifest of the bundle needs. Raises Corrupt."""
    try:
        devices = [Device(**entry) for entry in about["devices"]]
    except (KeyError, TypeError) as error:
        raise Corrupt(where, "its block device mapping is malformed") from error
    if not all(isinstance(d.device_name, str) and isinstance(d.manifest, str | None) for d in devices):
        raise Corrupt(where, "its block device mapping is malformed")
    names = [device.device_name for device in devices]
    if len(set(names)) != len(names) or len(names) > 40:
        raise Corrupt(where, "its block device mapping is malformed")
    if {device.manifest for device in devices if device.manifest is not None} != set(manifests):
        raise Corrupt(where, "its devices and manifests do not belong together")
    for device in devices:
        least = manifests[device.manifest] if device.manifest is not None else 1
        sound = (
            _DEVICE.fullmatch(device.device_name)
            and type(device.volume_size) is int
            and least <= device.volume_size <= 65536
            and device.volume_type in _VOLUME_TYPES
            and all(one is None or (type(one) is int and 0 < one < 10**6) for one in _rates(device))
            and type(device.delete_on_termination) is bool
        )
        if not sound:
            raise Corrupt(where, "its block device mapping is malformed")
    return devices


def _rates(device: Device) -> tuple[Any, Any]:
    return device.iops, device.throughput


def tags_in(about: Mapping[str, Any], where: str) -> dict[str, str]:
    """The tags, checked. Raises Corrupt."""
    tags = about.get("tags")
    if not isinstance(tags, dict) or len(tags) > 50:
        raise Corrupt(where, "its tags are malformed")
    for key, value in tags.items():
        if not (isinstance(value, str) and 0 < len(key) <= 127 and len(value) <= 255):
            raise Corrupt(where, "its tags are malformed")
        if key.lower().startswith("aws:"):
            raise Corrupt(where, "it has tags that are reserved")
    return tags


def row_of(device: Device, image_id: str, position: int, snapshot_id: str | None) -> ImageDevice:
    """The row of one device."""
    columns = asdict(device)
    del columns["manifest"]
    return ImageDevice(image_id=image_id, position=position, snapshot_id=snapshot_id, **columns)
