"""Partition tables: GPT, MBR with logical partitions, or none: then the disk is one volume.

Only places and names come from here. What is in a partition is told by its content (volumes.py), never by
the type that the table claims.
"""

import struct
from dataclasses import dataclass

import pyvsgpt

from amiable.core.errors import Corrupt
from amiable.inspection.damage import damage
from amiable.inspection.window import Disk, Window

SECTOR = 512
MOST = 256
"""Partitions of a disk that are looked at."""
_BIOS_BOOT = b"Hah!IdontNeedEFI"
_EXTENDED = (0x05, 0x0F, 0x85)
_ENTRY = struct.Struct("<B3xB3xII")  # boot flag, type, first sector, sectors


@dataclass(frozen=True)
class Part:
    """One partition; offsets and sizes in bytes. `number` as Linux counts; 0 is the whole disk."""

    number: int
    offset: int
    size: int
    uuid: str = ""
    bios_boot: bool = False  # GRUB's second half, no file system


def partitions(disk: Disk) -> tuple[str, list[Part]]:
    """(`gpt`, `mbr` or `none`; the partitions in order of number). Raises Corrupt for a broken table."""
    head = disk.read_at(0, 2 * SECTOR)
    if head[SECTOR : SECTOR + 8] == b"EFI PART":
        return "gpt", _gpt(disk)
    if head[510:512] == b"\x55\xaa" and (found := _mbr(disk, head)):
        return "mbr", found
    return "none", [Part(0, 0, disk.size)]


def _gpt(disk: Disk) -> list[Part]:
    with damage("the GPT"):
        table = pyvsgpt.volume()
        table.open_file_object(Window(disk, 0, disk.size))
        rows = [table.get_partition(index) for index in range(min(table.number_of_partitions, MOST))]
        return [
            Part(
                int(row.entry_index) + 1,
                int(row.get_volume_offset()),
                int(row.get_size()),
                str(row.identifier),
                _gpt_type(disk, int(row.entry_index)) == _BIOS_BOOT,
            )
            for row in rows
        ]


def _gpt_type(disk: Disk, index: int) -> bytes:
    """The type of an entry: libvsgpt 20260911 gives the partition's own identifier for it."""
    header = disk.read_at(SECTOR, SECTOR).ljust(SECTOR, b"\0")
    (table,) = struct.unpack_from("<Q", header, 72)
    (size,) = struct.unpack_from("<I", header, 84)
    return disk.read_at(table * SECTOR + index * size, 16)


def _rows(sector: bytes) -> list[tuple[int, int, int]]:
    """(type, first sector, sectors) of the four entries of a boot record."""
    rows = [_ENTRY.unpack_from(sector, 446 + 16 * index) for index in range(4)]
    return [(kind, first, count) for flag, kind, first, count in rows if flag in (0, 0x80)]


def _mbr(disk: Disk, head: bytes) -> list[Part]:
    """Empty when the sector is no table: a boot sector of a file system ends with the same two bytes."""
    if head[82:87] == b"FAT32" or head[54:58] == b"FAT1" or head[3:7] == b"NTFS":
        return []
    rows = _rows(head)
    used = [row for row in rows if row[0] and row[2]]
    if len(rows) != 4 or not used or any(first * SECTOR >= disk.size for _, first, _ in used):
        return []
    signature = head[440:444][::-1].hex()
    found = []
    for number, (kind, first, count) in enumerate(rows, 1):
        if kind in _EXTENDED and count:
            found += _logical(disk, first, signature)
        elif kind and count:
            found.append(Part(number, first * SECTOR, count * SECTOR, f"{signature}-{number:02x}"))
    return sorted(found, key=lambda part: part.number)


def _logical(disk: Disk, start: int, signature: str) -> list[Part]:
    """The chain of boot records in an extended partition that starts at that sector."""
    found: list[Part] = []
    at, seen = start, set[int]()
    while at not in seen:
        if len(seen) >= MOST:
            raise Corrupt("the partition table", f"it has more than {MOST} logical partitions")
        seen.add(at)
        sector = disk.read_at(at * SECTOR, SECTOR)
        if sector[510:512] != b"\x55\xaa":
            return found
        rows = _rows(sector)[:2]
        if rows and rows[0][0] and rows[0][2]:
            number = 5 + len(found)
            found.append(
                Part(number, (at + rows[0][1]) * SECTOR, rows[0][2] * SECTOR, f"{signature}-{number:02x}")
            )
        if len(rows) < 2 or rows[1][0] not in _EXTENDED:
            return found
        at = start + rows[1][1]
    raise Corrupt("the partition table", "its logical partitions form a loop")
