"""What writing files durably needs: whole writes, synced folders, locks, and OSErrors as errors of ours."""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from amiable.core.errors import AmiableError, DiskFull, MissingPrerequisite, Unavailable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def as_amiable(error: OSError, doing: str) -> AmiableError:
    """The error of ours that an operating system error is: DiskFull, MissingPrerequisite or Unavailable."""
    if error.errno in _FULL:
        return DiskFull(f"No room left while {doing}: {error.strerror}.")
    if error.errno in _FORBIDDEN:
        return MissingPrerequisite(f"Not permitted while {doing}: {error.strerror}.", "Check owner and mode.")
    return Unavailable(f"Failed while {doing}: {error.strerror}.")


def sync_folder(folder: Path | str) -> None:
    """Make a folder's entries durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of `data` at `offset`, however little one write takes. Raises OSError."""
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


@contextmanager
def temporaries(folder: Path, bodies: Sequence[bytes]) -> Iterator[list[str]]:
    """The paths of new durable files in `folder` that hold `bodies`; those not moved by then go at the end.

    All are handed to the device before the first is waited for, so that few threads keep it busy.
    Raises OSError.
    """
    paths: list[str] = []
    descriptors: list[int] = []
    try:
        for data in bodies:
            paths.append(f"{folder}/{secrets.token_hex(12)}")
            descriptors.append(os.open(paths[-1], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
            write_all(descriptors[-1], data, 0)
            if len(bodies) > 1:
                os.posix_fadvise(
                    descriptors[-1], 0, 0, os.POSIX_FADV_DONTNEED
                )  # starts writing; keeps dirty pages
        for descriptor in descriptors:
            os.fsync(descriptor)
        while descriptors:
            os.close(descriptors.pop())
        yield paths
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
        for path in paths:
            with suppress(FileNotFoundError):  # renamed to its final name, or never made
                os.unlink(path)


def lock_file(path: Path) -> int:
    """Open (or make) a file and lock it; the descriptor's close is the unlock.

    Waits for other holders. The file is still the one under its name when this returns: a lock won on a file
    that its holder renamed or removed is dropped, and tried again on the next. Raises OSError.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _still_named(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def remove_unlocked(path: Path) -> None:
    """Remove a file unless somebody holds its lock. Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _still_named(descriptor, path):
            os.unlink(path)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)


def _still_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
