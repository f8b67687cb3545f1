"""Disk files into the server's import folder, so that they appear there whole or not at all.

    local file   shared with the original where the file system can (reflink, else hard link), else copied
    URL          downloaded, bounded, its checksum taken on the way

Each gets a name of its own, `<random>-<name>`, that no other tenant can guess. Until it is whole it ends in
`.part`.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amiable.cli.progress import Tell
from amiable.core.errors import DiskFull, MissingPrerequisite, NotFound

CHUNK = 4 * 1024**2
_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)


def writable(folder: Path) -> Path:
    """The import folder, made if missing. Raises MissingPrerequisite when this user may not write there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError as refused:
        raise _not_writable(folder) from refused
    if not os.access(folder, os.W_OK):
        raise _not_writable(folder)
    return folder


def _not_writable(folder: Path) -> MissingPrerequisite:
    return MissingPrerequisite(
        f"Disk files are imported from {folder}, where this user may not write.",
        "Run it as root on the server's machine, or set AMIABLE_IMPORT_DIR for the server and for you.",
    )


@contextmanager
def staged(folder: Path, name: str) -> Iterator[Path]:
    """A path to write a file at; it gets its final name (see `final`) once the block has ended well."""
    safe = re.sub(r"[^A-Za-z0-9._+-]", "_", name)[-120:]  # what ImportDisk takes
    part = writable(folder) / f"{secrets.token_hex(8)}-{safe}.part"
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(final(part))
    except OSError as failed:
        if failed.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No room left in {folder}. Make room and try again.") from failed
        raise
    finally:
        part.unlink(missing_ok=True)


def final(part: Path) -> Path:
    """The name that a staged file gets when it is whole."""
    return part.with_suffix("")


def take(source: Path, folder: Path, tell: Tell) -> Path:
    """Stage a local file. Returns its path in the folder. Raises NotFound, DiskFull, MissingPrerequisite."""
    if not source.is_file():
        raise NotFound(f"There is no file {source}.")
    source = source.resolve()
    with staged(folder, source.name) as part:
        tell("copying", 0.0)
        if not (_clone(source, part) or _link(source, part)):
            _copy(source, part, tell)
    return final(part)


def _clone(source: Path, target: Path) -> bool:
    """Share the blocks (Btrfs, XFS); False where the file system cannot."""
    with source.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError as refused:
            if refused.errno in (errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS):
                return False
            raise
    return True


def _link(source: Path, target: Path) -> bool:
    """A second name of the same file; False where that cannot be had."""
    target.unlink()
    try:
        os.link(source, target)
    except OSError as refused:
        if refused.errno in (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP):
            return False
        raise
    return True


def _copy(source: Path, target: Path, tell: Tell) -> None:
    """Copy what holds data; holes stay holes."""
    size = source.stat().st_size
    free = shutil.disk_usage(target.parent).free
    if source.stat().st_blocks * 512 > free:
        raise DiskFull(f"{source} needs more room than the {free // 1024**2} MiB left in {target.parent}.")
    with source.open("rb") as old, target.open("wb") as new:
        new.truncate(size)
        for begin, end in _extents(old.fileno(), size):
            old.seek(begin)
            new.seek(begin)
            while piece := old.read(min(CHUNK, end - old.tell())):
                new.write(piece)
                tell("copying", old.tell() / size)


def _extents(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of the parts of a file that are not holes."""
    at = 0
    with contextlib.suppress(OSError):  # ENXIO: only a hole is left
        while at < size:
            begin = os.lseek(descriptor, at, os.SEEK_DATA)
            at = os.lseek(descriptor, begin, os.SEEK_HOLE)
            yield begin, at
