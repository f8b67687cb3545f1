"""A part of a disk as a seekable, read-only file, which is what libyal's readers take."""

import io
from typing import Protocol


class Disk(Protocol):
    """What can be read at an offset. `size` in bytes; `read_at` gives fewer bytes only at the end."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes [offset, offset + length)."""


class Window:
    """Bytes [start, start + size) of a disk, itself a Disk and a file."""

    def __init__(self, disk: Disk, start: int, size: int) -> None:
        self._disk = disk
        self.start = start
        self.size = max(0, min(size, disk.size - start))
        self._position = 0

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes of the window, fewer where it ends."""
        length = min(length, self.size - offset)
        return self._disk.read_at(self.start + offset, length) if offset >= 0 and length > 0 else b""

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        data = self.read_at(self._position, self.size if size < 0 else size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of a file."""
        self._position = max(0, (0, self._position, self.size)[whence] + offset)
        return self._position

    def tell(self) -> int:
        """As of a file."""
        return self._position

    def get_size(self) -> int:
        """libyal asks for it by this name."""
        return self.size
