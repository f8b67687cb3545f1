"""The folder of a QEMU process: what lies where, and how root touches what QEMU can write.

    <folder>/            root's own: machine.json, lock, pid, qemu.log, points/
    <folder>/run/        the process's uid, its working directory: sockets, console.log, temporary overlays

`run/` belongs to a process that talks to a hostile guest. Files in it are opened without following links
and only if they are plain files; sockets only count if their peer has the folder's uid. Sockets are reached
through a directory descriptor, so that long paths fit the 108 bytes of a unix socket address.
"""

import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amiable.core import clock
from amiable.core.errors import NotFound, Unavailable

RUN = "run"
LOCK = "lock"
PID = "pid"
LOG = "qemu.log"
POINTS = "points"

QMP = "qmp"
QMP_TOOLS = "qmp-tools"
AGENT = "qga"
CONSOLE = "console"
CONSOLE_LOG = "console.log"
NBD = "nbd"


def prepare(folder: Path, uid: int) -> None:
    """Make the folder (root, 0700) and its `run/` (uid, 0700); harmless when they exist."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    run = folder / RUN
    run.mkdir(mode=0o700, exist_ok=True)
    os.chown(run, uid, uid, follow_symlinks=False)


def owner(folder: Path) -> int:
    """The uid that the folder's process runs as. Raises NotFound without a folder."""
    try:
        return os.lstat(folder / RUN).st_uid
    except FileNotFoundError as missing:
        raise NotFound(f"{folder} is not the folder of a machine.") from missing


@contextmanager
def _inside(folder: Path) -> Iterator[int]:
    """A descriptor of `run/` itself, never of what a link there points to."""
    try:
        descriptor = os.open(folder / RUN, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as missing:
        raise NotFound(f"{folder} is not the folder of a machine.") from missing
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def connect(folder: Path, name: str, timeout: float) -> socket.socket:
    """A connection to the unix socket `run/<name>`, with `timeout` (s) set on it.

    Raises Unavailable when nobody listens, or when whoever listens has another uid than the folder's.
    """
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.settimeout(timeout)
        with _inside(folder) as run:
            expected = os.fstat(run).st_uid
            _connect(link, f"/proc/self/fd/{run}/{name}", clock.monotonic() + timeout)
        _pid, uid, _gid = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError as failed:
        link.close()
        raise Unavailable(
            f"{folder.name}: nobody answers on {name} ({failed.strerror or failed})."
        ) from failed
    if uid != expected:
        link.close()
        raise Unavailable(f"{folder.name}: {name} is served by uid {uid}, not by the machine.")
    return link


def _connect(link: socket.socket, address: str, deadline: float) -> None:
    """Connect, also when others are waiting: a full backlog is EAGAIN on a unix socket, not a wait."""
    while True:
        try:
            return link.connect(address)
        except BlockingIOError:
            if clock.monotonic() > deadline:
                raise
            clock.sleep(0.01)


def open_file(folder: Path, name: str) -> int:
    """A read-only descriptor of the plain file `run/<name>`. Raises NotFound for anything else there."""
    with _inside(folder) as run:
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=run)
        except OSError as failed:
            raise NotFound(f"{folder.name} has no file {name}.") from failed
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotFound(f"{folder.name} has no plain file {name}.")
    return descriptor


def exists(folder: Path, name: str) -> bool:
    """Whether `run/` has an entry of that name, of whatever kind."""
    return os.path.lexists(folder / RUN / name)


def remove(folder: Path, name: str) -> None:
    """Remove the entry `run/<name>` (a link itself, not its target); harmless when it is not there."""
    try:
        with _inside(folder) as run:
            os.unlink(name, dir_fd=run)
    except (FileNotFoundError, NotFound):
        return
