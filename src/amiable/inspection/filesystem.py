"""ext2/3/4, XFS and FAT in one shape: nodes with a kind, a size, owners, times, extents and content.

libyal's objects stay in here. Whatever they say about broken bytes is Corrupt.
"""

import stat
from collections.abc import Iterator
from typing import Any, Literal

import pyfsext
import pyfsfat
import pyfsxfs

from amiable.core.errors import Corrupt
from amiable.inspection.damage import damage
from amiable.inspection.volumes import Volume
from amiable.inspection.window import Window

Kind = Literal["directory", "file", "link", "other"]
_READERS = {"ext": pyfsext, "xfs": pyfsxfs, "vfat": pyfsfat}
MOST_EXTENTS = 65536
PIECE = 1 << 20
_SPARSE = 1  # flag of an extent that is a hole


class Node:
    """One entry of a file system. Every access may raise Corrupt."""

    def __init__(self, system: "FileSystem", entry: Any, name: str) -> None:
        self.system = system
        self._entry = entry
        self.name = name
        with damage(f"{system.volume.name}: {name!r}"):
            if system.fat:
                self.kind: Kind = "directory" if (entry.file_attribute_flags or 0x10) & 0x10 else "file"
                self.permissions = 0o755 if self.kind == "directory" else 0o644
                self.inode, self.uid, self.gid = int(entry.identifier or 0), 0, 0
                self.changed = 0
            else:
                mode = int(entry.file_mode)
                self.kind = _kind(mode)
                self.permissions = stat.S_IMODE(mode)
                self.inode = int(entry.inode_number)
                self.uid, self.gid = int(entry.owner_identifier), int(entry.group_identifier)
                self.changed = int(entry.get_inode_change_time_as_integer() or 0)
            self.modified = int(entry.get_modification_time_as_integer() or 0)
            self.size = int(entry.size or 0) if self.kind in ("file", "link") else 0

    def children(self) -> Iterator["Node | Corrupt"]:
        """The entries of a directory; a Corrupt stands for one that cannot be read."""
        with damage(f"{self.system.volume.name}: directory {self.name!r}"):
            count = int(self._entry.number_of_sub_file_entries)
        for index in range(count):
            try:
                with damage(f"{self.system.volume.name}: entry {index} of {self.name!r}"):
                    entry = self._entry.get_sub_file_entry(index)
                    name = entry.name
                if name and name not in (".", "..") and "/" not in name:
                    yield Node(self.system, entry, name)
            except Corrupt as broken:
                yield broken

    def target(self) -> str:
        """Where a symbolic link points."""
        with damage(f"{self.system.volume.name}: link {self.name!r}"):
            return str(self._entry.symbolic_link_target or "")

    def read(self, limit: int, offset: int = 0) -> bytes:
        """The file's content from `offset` on, at most `limit` bytes of it."""
        length = max(0, min(self.size - offset, limit))
        parts = []
        with damage(f"{self.system.volume.name}: content of {self.name!r}"):
            while length > 0:
                piece = bytes(self._entry.read_buffer_at_offset(min(length, PIECE), offset))
                if not piece:
                    break
                parts.append(piece)
                offset, length = offset + len(piece), length - len(piece)
        return b"".join(parts)

    def extents(self) -> list[tuple[int, int, int]]:
        """(offset in the file, offset in the volume, length) of the content in bytes, holes left out."""
        with damage(f"{self.system.volume.name}: extents of {self.name!r}"):
            count = int(self._entry.number_of_extents)
            if count > MOST_EXTENTS:
                raise Corrupt(f"{self.system.volume.name}: {self.name!r}", f"it has {count} extents")
            rows = [self._entry.get_extent(index) for index in range(count)]
        found, within = [], 0
        for offset, length, flags in rows:
            if not flags & _SPARSE:
                found.append((within, int(offset), int(length)))
            within += int(length)
        return found


def _kind(mode: int) -> Kind:
    if stat.S_ISDIR(mode):
        return "directory"
    if stat.S_ISREG(mode):
        return "file"
    return "link" if stat.S_ISLNK(mode) else "other"


class FileSystem:
    """An opened file system. Raises Corrupt when it cannot be opened."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.fat = volume.kind == "vfat"
        with damage(volume.name):
            self._reader = _READERS[volume.kind].volume()
            self._reader.open_file_object(Window(volume.view, 0, volume.size))
            self.root = Node(self, self._reader.get_root_directory(), "/")
        if self.root.kind != "directory":
            raise Corrupt(volume.name, "its root is not a directory")

    def get(self, path: str) -> Node | None:
        """What lies at a path from this file system's own root; links are not followed."""
        if self.fat:  # libfsfat's own lookup finds only short names
            return self._descend([part for part in path.lower().split("/") if part])
        with damage(f"{self.volume.name}: {path!r}"):
            entry = self._reader.get_file_entry_by_path(path)
        return Node(self, entry, path.rpartition("/")[2]) if entry is not None else None

    def _descend(self, parts: list[str]) -> Node | None:
        node: Node | None = self.root
        for part in parts:
            if node is None or node.kind != "directory":
                return None
            below = (child for child in node.children() if isinstance(child, Node))
            node = next((child for child in below if child.name.lower() == part), None)
        return node


def opened(volume: Volume) -> FileSystem | None:
    """The volume's file system, if it is one that is read; else None, with the reason in `volume.note`."""
    if volume.kind not in _READERS:
        return None
    try:
        return FileSystem(volume)
    except Corrupt as broken:
        volume.note = f"{broken}."
        return None
