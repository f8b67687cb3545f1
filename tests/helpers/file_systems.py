"""Disks with file systems, partition tables and LVM, made on files without mounting anything."""

import os
import random
import struct
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

MIB = 1 << 20
ROOT_UUID = "11111111-2222-3333-4444-555555555555"
_SECTOR = 512


class FileDisk:
    """A file as a Disk. `read` is how many bytes were asked for, in whole pages of 64 KiB."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size = path.stat().st_size
        self._pages: set[int] = set()

    @property
    def read(self) -> int:
        """Bytes."""
        return len(self._pages) << 16

    def read_at(self, offset: int, length: int) -> bytes:
        """See Disk."""
        self._pages.update(range(offset >> 16, (offset + length + 0xFFFF) >> 16))
        return os.pread(self._file.fileno(), length, offset)

    def data(self) -> list[tuple[int, int]]:
        """The (offset, length) ranges that are no holes."""
        found, at = [], 0
        while at < self.size:
            try:
                start = os.lseek(self._file.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            at = os.lseek(self._file.fileno(), start, os.SEEK_HOLE)
            found.append((start, at - start))
        return found


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Files by path below a folder; a text that begins with `->` is a link."""
    for name, content in files.items():
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str) and content.startswith("->"):
            path.symlink_to(content[2:])
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def ext(
    path: Path,
    folder: Path,
    size: int = 16 * MIB,
    kind: str = "ext4",
    label: str = "root",
    *features: str,
) -> Path:
    """An ext2/3/4 file system with what is in the folder, and with further `features`."""
    path.write_bytes(b"")
    os.truncate(path, size)
    more = ["-O", ",".join(features)] if features else []
    _run("mke2fs", "-q", "-F", "-t", kind, *more, "-U", ROOT_UUID, "-L", label, "-d", folder, path)
    return path


def xfs(path: Path, folder: Path, size: int = 300 * MIB) -> Path:
    """An XFS file system with what is in the folder (files, folders and links)."""
    lines = ["/stub", "0 0", "d--755 0 0"]

    def below(at: Path) -> None:
        for child in sorted(at.iterdir()):
            if " " in child.name:
                continue  # a prototype has no way to write it
            if child.is_symlink():
                lines.append(f"{child.name} l--777 0 0 {os.readlink(child)}")
            elif child.is_dir():
                lines.append(f"{child.name} d--755 0 0")
                below(child)
            else:
                lines.append(f"{child.name} ---644 0 0 {child}")
        lines.append("$")

    below(folder)
    prototype = path.with_suffix(".prototype")
    prototype.write_text("\n".join(lines) + "\n")
    path.write_bytes(b"")
    os.truncate(path, size)
    _run("mkfs.xfs", "-q", "-f", "-L", "root", "-p", prototype, path)
    return path


def fat(path: Path, folder: Path, size: int = 40 * MIB) -> Path:
    """A FAT file system with what is in the folder; no links."""
    path.write_bytes(b"")
    os.truncate(path, size)
    _run("mformat", "-i", path, "-F", "-v", "DATA", "-N", "ABCD1234", "::")
    for child in sorted(folder.iterdir()):
        _run("mcopy", "-s", "-i", path, child, "::")
    return path


def disk(path: Path, table: str, parts: Sequence[Path]) -> Path:
    """A disk with a `gpt` or `dos` table over the given file systems, which are logical in `dos`."""
    starts, at = [], MIB
    for part in parts:
        starts.append(at)
        at += part.stat().st_size + MIB
    path.write_bytes(b"")
    os.truncate(path, at + MIB)
    lines = [f"label: {table}"]
    if table == "dos":
        lines.append(f"start={(starts[0] - MIB // 2) // _SECTOR}, type=f")
    kind = "83" if table == "dos" else "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
    lines += [
        f"start={start // _SECTOR}, size={part.stat().st_size // _SECTOR}, type={kind}"
        for start, part in zip(starts, parts, strict=True)
    ]
    subprocess.run(["sfdisk", "-q", path], input="\n".join(lines).encode(), check=True, capture_output=True)
    with path.open("r+b") as out:
        for start, part in zip(starts, parts, strict=True):
            out.seek(start)
            out.write(part.read_bytes())
    return path


def _lvm_crc(data: bytes) -> int:
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def lvm(path: Path, content: Path) -> Path:
    """A physical volume with one linear logical volume `vg/root` that holds the given file."""
    extent, at = 4 * MIB, MIB
    count = -(-content.stat().st_size // extent)
    size = at + count * extent
    physical = "abcdef-ABCD-EFGH-IJKL-MNOP-QRST-UVWXYZ"
    text = (
        f"""vg {{
id = "000000-1111-2222-3333-4444-5555-666666"
seqno = 1
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
flags = []
extent_size = {extent // _SECTOR}
max_lv = 0
max_pv = 0
metadata_copies = 0
physical_volumes {{
pv0 {{
id = "{physical}"
device = "/dev/sda"
status = ["ALLOCATABLE"]
flags = []
dev_size = {size // _SECTOR}
pe_start = {at // _SECTOR}
pe_count = {count}
}}
}}
logical_volumes {{
root {{
id = "777777-8888-9999-aaaa-bbbb-cccc-dddddd"
status = ["READ", "WRITE", "VISIBLE"]
flags = []
segment_count = 1
segment1 {{
start_extent = 0
extent_count = {count}
type = "striped"
stripe_count = 1
stripes = [
"pv0", 0
]
}}
}}
}}
}}
contents = "Text Format Volume Group"
version = 1
description = ""
creation_host = "test"
creation_time = 1700000000
""".encode()
        + b"\0"
    )
    where, room = 4096, at - 4096
    header = b"\x20LVM2\x20x[5A%r0N*>" + struct.pack("<IQQ", 1, where, room)
    header += struct.pack("<QQII", 512, len(text), _lvm_crc(text), 0) + bytes(24)
    header = header.ljust(508, b"\0")
    areas = struct.pack("<QQQQ", at, 0, 0, 0) + struct.pack("<QQQQ", where, room, 0, 0)
    rest = struct.pack("<I", 32) + b"LVM2 001" + physical.replace("-", "").encode()
    rest = (rest + struct.pack("<Q", size) + areas).ljust(_SECTOR - 20, b"\0")
    label = b"LABELONE" + struct.pack("<QI", 1, _lvm_crc(rest)) + rest
    with path.open("wb") as out:
        out.truncate(size)
        for offset, data in (
            (_SECTOR, label),
            (where, struct.pack("<I", _lvm_crc(header)) + header),
            (where + 512, text),
            (at, content.read_bytes()),
        ):
            out.seek(offset)
            out.write(data)
    return path


class Mutant:
    """A disk in memory with some bytes of its structures changed at random, always the same for a seed."""

    def __init__(self, data: bytes, used: Sequence[int], seed: int) -> None:
        """`used`: offsets of the KiB that hold something (`used_blocks`)."""
        self._data = data
        self.size = len(data)
        chance = random.Random(seed)
        self._changed: dict[int, int] = {}
        for _ in range(chance.choice((1, 4, 32, 256))):
            place = chance.choice(used[: chance.choice((4, 64, len(used)))])
            at = min(place + chance.randrange(1024), self.size - 1)
            self._changed[at] = chance.choice(
                (0, 0xFF, 0x7F, data[at] ^ (1 << chance.randrange(8)), chance.randrange(256))
            )

    def read_at(self, offset: int, length: int) -> bytes:
        """See Disk."""
        found = bytearray(self._data[offset : offset + length])
        for at, value in self._changed.items():
            if offset <= at < offset + length:
                found[at - offset] = value
        return bytes(found)


def used_blocks(data: bytes) -> list[int]:
    """Where the KiB lie that are not all zero."""
    zeros = bytes(MIB)
    return [
        at
        for start in range(0, len(data), MIB)
        if data[start : start + MIB] != zeros[: len(data) - start]
        for at in range(start, min(start + MIB, len(data)), 1024)
        if any(data[at : at + 1024])
    ]
