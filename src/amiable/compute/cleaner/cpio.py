"""The archive format of an initrd (newc), as bytes. Archives may follow each other in one initrd.

https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A file, folder or link: its mode with type bits, and its content (a link's target)."""

    mode: int
    content: bytes = b""


def folder() -> Entry:
    """A folder."""
    return Entry(stat.S_IFDIR | 0o755)


def file(content: bytes, mode: int = 0o755) -> Entry:
    """A plain file."""
    return Entry(stat.S_IFREG | mode, content)


def link(target: str) -> Entry:
    """A symbolic link."""
    return Entry(stat.S_IFLNK | 0o777, target.encode())


def archive(entries: Mapping[str, Entry]) -> bytes:
    """The entries by path, in their order; folders come before what is in them. All are root's."""
    rows = [*entries.items(), ("TRAILER!!!", Entry(0))]
    return b"".join(_row(number, path, entry) for number, (path, entry) in enumerate(rows, 1))


def _row(number: int, path: str, entry: Entry) -> bytes:
    name = path.encode() + b"\0"
    numbers = (number, entry.mode, 0, 0, 1, 0, len(entry.content), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % value for value in numbers)
    return _padded(header + name) + _padded(entry.content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
