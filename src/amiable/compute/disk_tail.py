"""Is the very end of a disk file there? What `qemu-img check` lets pass.

QEMU pads what lies behind the end of a file with zeros, and its check complains only when a whole cluster is
missing. A download that broke off within the last cluster would so become a disk with a hole in its data
(measured with qcow2, sparse VMDK and VHDX, QEMU 7.2). Here the one cluster at the end is looked for in
the file's own tables. Every table is read once at most, and only inside the file.
"""

import struct
from array import array

from amiable.compute.disk_format import SECTOR, Format, Read
from amiable.core.errors import Corrupt

_OFFSET = 0x00FFFFFFFFFFFE00  # of an L1 or L2 entry
_COPIED = 1 << 63
_EXTENDED_L2 = 1 << 4
_MAX_L1 = 32 << 20  # bytes, as in QEMU
_VMDK_COMPRESSED = 1 << 16
_MAX_DIRECTORY = 64 << 20


def check(form: Format, name: str, size: int, read: Read) -> None:
    """Raise Corrupt if the tables of the file name data that its last bytes should be."""
    if form == "qcow2":
        _qcow2(name, size, read)
    elif form == "vmdk":
        _vmdk(name, size, read)
    elif form == "vhdx" and size % SECTOR:
        raise Corrupt(name, "it does not end with a whole sector; it is truncated")


def _qcow2(name: str, size: int, read: Read) -> None:
    header = read(0, 104)
    (bits,), (virtual,) = struct.unpack_from(">I", header, 20), struct.unpack_from(">Q", header, 24)
    entries, l1_at = struct.unpack_from(">IQ", header, 36)
    incompatible = struct.unpack_from(">Q", header, 72)[0] if header[7] == 3 and len(header) >= 80 else 0
    if not 9 <= bits <= 21 or entries * 8 > _MAX_L1:
        raise Corrupt(name, "its qcow2 header makes no sense")
    cluster, width = 1 << bits, 16 if incompatible & _EXTENDED_L2 else 8
    present = size % cluster
    if present == 0:
        return
    last = size - present
    wanted = (struct.pack(">Q", last), struct.pack(">Q", last | _COPIED))
    rows = read(l1_at, entries * 8)
    l1 = [row & _OFFSET for (row,) in struct.iter_unpack(">Q", rows[: len(rows) // 8 * 8])]
    if last in l1:
        raise Corrupt(name, "its last table is cut off; it is truncated")
    seen: set[int] = set()
    for number, table_at in enumerate(l1):
        if table_at == 0 or table_at in seen or table_at + cluster > size:
            continue
        seen.add(table_at)
        table = read(table_at, cluster)
        for pattern in wanted:
            if (at := _aligned(table, pattern, width)) is not None:
                guest = (number * (cluster // width) + at // width) * cluster
                if present < min(cluster, max(virtual - guest, 0)):
                    raise Corrupt(name, f"the last {cluster - present} bytes are missing; it is truncated")


def _aligned(table: bytes, pattern: bytes, width: int) -> int | None:
    """Where the pattern stands as an entry of the table."""
    at = table.find(pattern)
    while at >= 0 and at % width:
        at = table.find(pattern, at + 1)
    return at if at >= 0 else None


def _vmdk(name: str, size: int, read: Read) -> None:
    header = read(0, SECTOR)
    (flags,) = struct.unpack_from("<I", header, 8)
    capacity, grain = struct.unpack_from("<QQ", header, 12)
    (per_table,), (directory_at,) = struct.unpack_from("<I", header, 44), struct.unpack_from("<Q", header, 56)
    if flags & _VMDK_COMPRESSED:
        return  # a grain that is cut off does not unpack
    if not 0 < grain <= 1 << 20 or not 0 < per_table <= 512:
        raise Corrupt(name, "its VMDK header makes no sense")
    tables = -(-capacity // (grain * per_table))
    if tables * 4 > _MAX_DIRECTORY:
        raise Corrupt(name, "its VMDK header makes no sense")
    seen: set[int] = set()
    directory = array("I", _whole(read(directory_at * SECTOR, tables * 4)))
    for number, table_at in enumerate(directory):
        if table_at == 0 or table_at in seen:
            continue
        seen.add(table_at)
        grains = array("I", _whole(read(table_at * SECTOR, per_table * 4)))
        highest = max(grains, default=0)
        guest = (number * per_table + grains.index(highest)) * grain if grains else 0
        needed = min(grain, max(capacity - guest, 0)) * SECTOR
        if highest > 1 and highest * SECTOR + needed > size:
            raise Corrupt(name, "its tables name data beyond its end; it is truncated")


def _whole(rows: bytes) -> bytes:
    """Without a last row of 4 bytes that is cut off."""
    return rows[: len(rows) // 4 * 4]
