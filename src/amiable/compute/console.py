"""The guest's serial line: `run/console.log`, what it said since the last start, and a socket to talk to it.

QEMU writes the log whether somebody is at the socket or not, and serves one at a time there: the next one
is connected, but hears nothing until the one before has gone.
"""

import os
import socket
from pathlib import Path

from amiable.compute import folder as layout
from amiable.core import proc
from amiable.core.errors import NotFound

TAIL = 64 * 1024  # what EC2 keeps: GetConsoleOutput returns the last 64 KB
_KEEP = 1 << 20


def tail(folder: Path, size: int = TAIL) -> bytes:
    """The last `size` bytes of the console; empty when the machine never started."""
    try:
        descriptor = layout.open_file(folder, layout.CONSOLE_LOG)
    except NotFound:
        return b""
    try:
        end = os.fstat(descriptor).st_size
        return os.pread(descriptor, size, max(end - size, 0))
    finally:
        os.close(descriptor)


def attach(folder: Path) -> socket.socket:
    """Both directions of the line. Raises NotFound without a machine's folder, Unavailable when it is off."""
    return layout.connect(folder, layout.CONSOLE, 5.0)


def trim(folder: Path, keep: int = _KEEP) -> None:
    """Give back the disk space of all but the last `keep` bytes, while QEMU goes on writing.

    The file keeps its length; its beginning becomes a hole. So no byte is lost between us and QEMU, and a
    guest that talks for ever does not fill the disk as long as somebody calls this now and then.
    """
    try:
        descriptor = layout.open_file(folder, layout.CONSOLE_LOG)
    except NotFound:
        return
    try:
        facts = os.fstat(descriptor)
        surplus = (facts.st_size - keep) // 4096 * 4096
        if surplus > 0 and facts.st_blocks * 512 > 2 * keep:
            # by descriptor: the name may have become a link meanwhile
            path = f"/proc/{os.getpid()}/fd/{descriptor}"
            proc.run(["fallocate", "--punch-hole", "--offset", "0", "--length", str(surplus), path])
    finally:
        os.close(descriptor)
