"""What the volumes of disks hold, told by their magic: file systems, LVM, encryption, swap, or nothing known.

Physical volumes of LVM are put together over all disks that are given, and their logical volumes are
volumes too. Each volume gets the names that an fstab may call it by.
"""

import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyvslvm

from amiable.core.errors import Corrupt
from amiable.inspection.damage import damage
from amiable.inspection.partitions import partitions
from amiable.inspection.window import Disk, Window

MOST_LOGICAL = 256
_NEEDS_RECOVERY = 0x4
READ = ("ext", "xfs", "vfat")
"""The kinds that filesystem.py reads."""


@dataclass
class Volume:
    """One volume: `disk` and `offset` (None inside LVM) say where it lies, `kind` what it is.

    `note` says why it is not read; `unclean` that changes may be in its journal only (told for ext, not
    for XFS), which nothing here reads. `names` are device names of an fstab, with `UUID=` and the like.
    """

    name: str
    disk: int
    offset: int | None
    size: int
    kind: str
    view: Disk
    uuid: str = ""
    label: str = ""
    note: str = ""
    unclean: bool = False
    names: list[str] = field(default_factory=list)


def volumes(disks: Sequence[Disk]) -> tuple[list[Volume], list[str]]:
    """(every volume on the disks, sentences about what is broken)."""
    found: list[Volume] = []
    trouble: list[str] = []
    for number, disk in enumerate(disks):
        try:
            table, parts = partitions(disk)
        except Corrupt as broken:
            trouble.append(f"Disk {number}: {broken}.")
            continue
        for part in parts:
            name = f"{number}:{table}{part.number}" if part.number else f"{number}:disk"
            if part.offset >= disk.size:
                trouble.append(f"{name} begins after the end of the disk.")
                continue
            volume = _probed(name, number, part.offset, Window(disk, part.offset, part.size))
            if part.bios_boot and volume.kind == "unknown":
                volume.kind, volume.note = "bios-boot", ""
            if part.uuid:
                volume.names.append(f"PARTUUID={part.uuid.lower()}")
            if part.number:
                letter = chr(ord("a") + number)
                stems = (f"/dev/sd{letter}", f"/dev/vd{letter}", f"/dev/xvd{letter}", f"/dev/nvme{number}n1p")
                volume.names += [f"{stem}{part.number}" for stem in stems]
            found.append(volume)
    logical, wrong = _logical_volumes([volume for volume in found if volume.kind == "lvm2"])
    return found + logical, trouble + wrong


def _probed(name: str, disk: int, offset: int | None, view: Disk) -> Volume:
    """A volume by its first bytes, named by UUID and label."""
    head = view.read_at(0, 72 * 1024).ljust(72 * 1024, b"\0")
    kind, identity, label, note = _probe(head)
    unclean = kind == "ext" and bool(head[1024 + 0x60] & _NEEDS_RECOVERY)
    volume = Volume(name, disk, offset, view.size, kind, view, identity, label, note, unclean)
    if identity:
        volume.names.append(f"UUID={identity.lower()}")
    if label:
        volume.names.append(f"LABEL={label}")
    return volume


def _text(data: bytes) -> str:
    return data.split(b"\0")[0].decode(errors="replace").strip()


def _uuid(data: bytes) -> str:
    return str(uuid.UUID(bytes=data)) if any(data) else ""


def _probe(head: bytes) -> tuple[str, str, str, str]:  # noqa: PLR0911 - one return a kind
    """(kind, UUID, label, why it is not read)."""
    if head[1080:1082] == b"\x53\xef":
        incompatible = struct.unpack_from("<I", head, 1024 + 0x60)[0]
        note = "It is the journal of another file system." if incompatible & 0x8 else ""
        kind = "ext-journal" if note else "ext"
        return kind, _uuid(head[1024 + 0x68 : 1024 + 0x78]), _text(head[1024 + 0x78 : 1024 + 0x88]), note
    if head[:4] == b"XFSB":
        return "xfs", _uuid(head[32:48]), _text(head[108:120]), ""
    if head[:6] == b"LUKS\xba\xbe":
        return "luks", _text(head[168:208]), "", "It is encrypted (LUKS): nothing in it can be read."
    if head[512:520] == b"LABELONE" and head[536:544] == b"LVM2 001":
        return "lvm2", _text(head[544:576]), "", ""
    if head[65600:65608] == b"_BHRfS_M":
        where = 65536 + 0x20, 65536 + 0x12B
        note = "btrfs is not read: no reader with a fitting licence is maintained."
        return "btrfs", _uuid(head[where[0] : where[0] + 16]), _text(head[where[1] : where[1] + 256]), note
    if head[4086:4096] in (b"SWAPSPACE2", b"SWAP-SPACE"):
        return "swap", _uuid(head[1036:1052]), _text(head[1052:1068]), ""
    if head[3:11] == b"NTFS    ":
        return "ntfs", head[72:80][::-1].hex(), "", "NTFS is not read."
    if head[4096:4100] == b"\xfc\x4e\x2b\xa9":
        return "raid", "", "", "It is part of a software RAID: its disks are not put together."
    if head[510:512] == b"\x55\xaa" and (head[82:87] == b"FAT32" or head[54:58] == b"FAT1"):
        at = 67 if head[82:87] == b"FAT32" else 39
        serial = head[at : at + 4][::-1].hex().upper()
        label = _text(head[at + 4 : at + 15])
        return "vfat", f"{serial[:4]}-{serial[4:]}", "" if label == "NO NAME" else label, ""
    if not any(head):
        return "blank", "", "", ""
    return "unknown", "", "", "Its first bytes are of no file system that is known here."


def _logical_volumes(physical: Sequence[Volume]) -> tuple[list[Volume], list[str]]:
    """The logical volumes of every group whose physical volumes are all there."""
    found: list[Volume] = []
    trouble: list[str] = []
    done: set[str] = set()
    for first in physical:
        try:
            with damage(f"the LVM of {first.name}"):
                handle = pyvslvm.handle()
                handle.open_file_object(Window(first.view, 0, first.size))
                group = handle.get_volume_group()
                if group is None or group.identifier in done:
                    continue
                done.add(group.identifier)
                members = _members(group, physical)
                if members is None:
                    first.note = f"The volume group {group.name} has physical volumes that are not here."
                    continue
                views = [Window(member.view, 0, member.size) for member in members]
                handle.open_physical_volume_files_as_file_objects(views)
                group = handle.get_volume_group()  # the former one knows nothing of the files
                for index in range(min(group.number_of_logical_volumes, MOST_LOGICAL)):
                    found.append(_logical(handle, group, group.get_logical_volume(index), first.disk, views))
        except Corrupt as broken:
            trouble.append(f"{str(broken)[:1].upper()}{str(broken)[1:]}.")
    return found, trouble


def _members(group: pyvslvm.volume_group, physical: Sequence[Volume]) -> list[Volume] | None:
    by_id = {volume.uuid.replace("-", ""): volume for volume in physical}
    wanted = [
        group.get_physical_volume(index).identifier.replace("-", "")
        for index in range(min(group.number_of_physical_volumes, MOST_LOGICAL))
    ]
    return [by_id[one] for one in wanted] if all(one in by_id for one in wanted) else None


@dataclass
class _Logical:
    """A logical volume as a Disk; `kept` are the objects it stands on."""

    size: int
    volume: pyvslvm.logical_volume
    kept: tuple[object, ...]

    def read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        with damage("a logical volume"):
            return bytes(self.volume.read_buffer_at_offset(length, offset))


def _logical(
    handle: pyvslvm.handle,
    group: pyvslvm.volume_group,
    volume: pyvslvm.logical_volume,
    disk: int,
    views: Sequence[Window],
) -> Volume:
    view = _Logical(int(volume.size), volume, (handle, group, *views))
    found = _probed(f"{disk}:lvm/{group.name}/{volume.name}", disk, None, view)
    mapped = "-".join(part.replace("-", "--") for part in (group.name, volume.name))
    found.names += [f"/dev/{group.name}/{volume.name}", f"/dev/mapper/{mapped}"]
    return found
