"""Writing files that are mostly zeros: zeros become holes, and a full disk is said as such."""

import errno
import os

from amiable.core.errors import DiskFull

GRAIN = 64 * 1024
_ZEROS = bytes(GRAIN)


def write(descriptor: int, offset: int, data: bytes | bytearray | memoryview) -> None:
    """Write `data` at `offset` of a file that reads as zeros there; zeros are left out. Raises DiskFull."""
    view = memoryview(data)
    start = 0
    for at in range(0, len(view) + GRAIN, GRAIN):
        piece = view[at : at + GRAIN]
        if len(piece) and piece != _ZEROS[: len(piece)]:
            continue
        if at > start:
            _write_all(descriptor, offset + start, view[start:at])
        start = at + GRAIN


def _write_all(descriptor: int, offset: int, view: memoryview) -> None:
    try:
        while len(view):
            done = os.pwrite(descriptor, view, offset)
            view, offset = view[done:], offset + done
    except OSError as failed:
        if failed.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull("No room to write the disk.") from failed
        raise
