"""What a stranger's disk file is, by its first and last bytes; and whether it may be opened at all.

Read here, in Python, before any QEMU sees the file: a format is never probed for by QEMU, and a file that
names other files (backing files, external data, descriptors, parents) is refused, for it would make
the host read those. Only formats whose headers are checked here are accepted.

qcow2: https://www.qemu.org/docs/master/interop/qcow2.html
VMDK: https://www.vmware.com/app/vmdk/?src=vmdk · VHD, VHDX: https://learn.microsoft.com/openspecs/windows_protocols/ms-vhdx
"""

import re
import struct
from collections.abc import Callable
from typing import Literal

from amiable.core.errors import Corrupt, InvalidInput

Format = Literal["qcow2", "vmdk", "vpc", "vhdx", "raw"]
Read = Callable[[int, int], bytes]  # (offset, length) -> at most length bytes

SECTOR = 512
_MAX_DESCRIPTOR = 1 << 20
_MAX_BLOCK_TABLE = 64 << 20
_SUFFIXES: dict[str, Format] = {
    "qcow2": "qcow2",
    "vmdk": "vmdk",
    "vhd": "vpc",
    "vpc": "vpc",
    "vhdx": "vhdx",
}
# Other people's formats, to name them in the refusal: (offset, magic, name)
_FOREIGN = (
    (0x40, b"\x7f\x10\xda\xbe", "a VirtualBox disk (VDI)"),
    (0, b"QED\0", "a QED disk"),
    (0, b"COWD", "a VMDK of the old ESX kind"),
    (257, b"ustar", "a tar archive"),
    (0, b"PK\x03\x04", "a zip archive"),
)


def detect(name: str, size: int, read: Read) -> Format:
    """The format of a file of `size` bytes called `name` (without a compression's suffix).

    Raises InvalidInput (no format known here, or one that names other files, or is encrypted), Corrupt.
    """
    head = read(0, SECTOR)
    found = _by_magic(name, size, head, read)
    expected = _SUFFIXES.get(name.rpartition(".")[2].lower())
    if expected is not None and found != expected:
        raise Corrupt(name, f"it is called {name} but is no {expected} file; it may be truncated")
    return found


def _by_magic(name: str, size: int, head: bytes, read: Read) -> Format:
    if head[:4] == b"QFI\xfb":
        _check_qcow2(name, read(0, 104))
        return "qcow2"
    if head[:4] == b"KDMV":
        _check_vmdk(name, size, head, read)
        return "vmdk"
    if head[:8] == b"vhdxfile":
        return "vhdx"
    if head.lstrip().startswith(b"# Disk DescriptorFile"):
        raise InvalidInput(
            f"{name} only describes a VMDK whose data is in other files. Export it as one file."
        )
    tail = read(size - SECTOR, SECTOR) if size >= SECTOR else b""
    if b"conectix" in (head[:8], tail[:8]):
        _check_vhd(name, size, head, tail, read)
        return "vpc"
    for offset, magic, what in _FOREIGN:
        if read(offset, len(magic)) == magic:
            raise InvalidInput(f"{name} is {what}. Convert it, for example with qemu-img convert -O qcow2.")
    if head[510:512] == b"\x55\xaa":
        _check_raw(name, size, head, read)
        return "raw"
    raise InvalidInput(
        f"{name} is no disk: neither qcow2, VMDK, VHD, VHDX, nor a raw disk with a boot sector."
    )


def _check_qcow2(name: str, header: bytes) -> None:
    if len(header) < 72:
        raise Corrupt(name, "its qcow2 header is cut off")
    version, backing = struct.unpack_from(">IQ", header, 4)
    (encryption,) = struct.unpack_from(">I", header, 32)
    if version not in (2, 3):
        raise InvalidInput(f"{name} is a qcow of version {version}; only qcow2 (2 and 3) can be imported.")
    incompatible = struct.unpack_from(">Q", header, 72)[0] if version == 3 and len(header) >= 80 else 0
    if backing:
        raise InvalidInput(f"{name} needs another file below it (a backing file). Flatten it first.")
    if incompatible & 4:
        raise InvalidInput(f"{name} keeps its data in another file. Convert it to a file of its own first.")
    if encryption:
        raise InvalidInput(f"{name} is encrypted. Decrypt it first.")
    if incompatible & 2:
        raise Corrupt(name, "it is marked as corrupt by the program that wrote it last")


def _check_vmdk(name: str, size: int, head: bytes, read: Read) -> None:
    if len(head) < 79:
        raise Corrupt(name, "its VMDK header is cut off")
    capacity, _grain, at, sectors = struct.unpack_from("<QQQQ", head, 12)
    if capacity == 0:
        raise InvalidInput(f"{name} is a VMDK whose data is in other files. Export it as one file.")
    if (at + sectors) * SECTOR > size or sectors * SECTOR > _MAX_DESCRIPTOR:
        raise Corrupt(name, "its VMDK descriptor lies outside the file")
    descriptor = read(at * SECTOR, sectors * SECTOR).decode("latin-1")
    parent = re.search(r"^\s*parentCID\s*=\s*(\w+)", descriptor, re.MULTILINE)
    if parent and parent.group(1).lower() != "ffffffff":
        raise InvalidInput(f"{name} needs another VMDK below it (its parent). Export it as one file.")
    if len(re.findall(r"^\s*(?:RW|RDONLY|NOACCESS)\s", descriptor, re.MULTILINE)) > 1:
        raise InvalidInput(f"{name} is a VMDK of several files. Export it as one file.")


def _check_vhd(name: str, size: int, head: bytes, tail: bytes, read: Read) -> None:
    if tail[:8] != b"conectix":
        raise Corrupt(name, "the end of the VHD is missing; it is truncated")
    (length,), (kind,) = struct.unpack_from(">Q", tail, 48), struct.unpack_from(">I", tail, 60)
    if kind == 2:
        if length > size - SECTOR:
            raise Corrupt(name, f"it holds {size - SECTOR} of {length} bytes; it is truncated")
    elif kind == 3:
        _check_vhd_blocks(name, size, head, read)
    else:
        raise InvalidInput(
            f"{name} is a VHD that needs another one below it. Merge it with its parent first."
        )


def _check_vhd_blocks(name: str, size: int, head: bytes, read: Read) -> None:
    """Every block that the table of a dynamic VHD names lies inside the file."""
    (header_at,) = struct.unpack_from(">Q", head, 16)
    header = read(header_at, 1024) if header_at + 1024 <= size else b""
    if header[:8] != b"cxsparse":
        raise Corrupt(name, "its VHD header is missing")
    (table_at,) = struct.unpack_from(">Q", header, 16)
    entries, block = struct.unpack_from(">II", header, 28)
    if not 0 < entries * 4 <= _MAX_BLOCK_TABLE or table_at + entries * 4 > size or block < SECTOR:
        raise Corrupt(name, "its VHD block table lies outside the file")
    table = read(table_at, entries * 4)
    used = [row for (row,) in struct.iter_unpack(">I", table) if row != 0xFFFFFFFF]
    if used and max(used) * SECTOR + block > size:
        raise Corrupt(name, "its VHD block table names data beyond its end; it is truncated")


def _check_raw(name: str, size: int, head: bytes, read: Read) -> None:
    """A raw file has no header of its own, but its partition table tells how long it must be."""
    header = read(SECTOR, SECTOR)
    needed = 0
    if header[:8] == b"EFI PART":
        needed = (struct.unpack_from("<Q", header, 32)[0] + 1) * SECTOR  # the backup header comes last
    for entry in range(446, 510, 16):
        kind, start, count = head[entry + 4], *struct.unpack_from("<II", head, entry + 8)
        if kind not in (0, 0xEE):
            needed = max(needed, (start + count) * SECTOR)
    if needed > size:
        raise Corrupt(name, f"its partition table needs {needed} bytes but it has {size}; it is truncated")
