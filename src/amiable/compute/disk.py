"""Volumes as files: qcow2 overlays on a read-only raw base image, or on nothing.

A guest that took over its QEMU may have written anything into its overlay, so no qcow2 file is ever parsed
as root: qemu-img runs as the file's owner, in the file's folder, with bounded memory and time. It opens the
file by its bare name and never opens the backing file, whose size we know.

A new file gets its name only when it is complete and on disk (temporary name, fsync, rename).
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amiable.compute import privileges
from amiable.core import proc
from amiable.core.errors import (
    AlreadyExists,
    Conflict,
    Corrupt,
    DiskFull,
    InvalidInput,
    NotFound,
    ProgramFailed,
)

_MEMORY = 2 << 30
_CPU_SECONDS = 60
SECTOR = 512


@dataclass(frozen=True)
class Bitmap:
    """A persistent dirty bitmap in a qcow2 file. Not sound: its writer died; never to be trusted."""

    name: str
    granularity: int
    sound: bool
    recording: bool


@dataclass(frozen=True)
class DiskInfo:
    """What a qcow2 file says of itself; sizes in bytes."""

    size: int
    allocated: int
    backing: Path | None
    bitmaps: tuple[Bitmap, ...]


def create_overlay(path: Path, base: Path | None, size: int, owner: int) -> None:
    """Make the volume `path`: `size` bytes that read as `base` (a raw file), or as zeros.

    Idempotent: a volume that is there already with this base and at least this size is left alone. Its
    folder is made if need be. Raises InvalidInput (not whole sectors, or smaller than its base),
    NotFound (no such base), AlreadyExists (another volume has that path), DiskFull.
    """
    if size <= 0 or size % SECTOR:
        raise InvalidInput(f"A volume of {size} bytes is not made of whole sectors.")
    if base is not None:
        try:
            below = base.stat().st_size
        except FileNotFoundError as missing:
            raise NotFound(f"The base image {base} does not exist.") from missing
        if size < below:
            raise InvalidInput(f"A volume of {size} bytes is smaller than its image of {below} bytes.")
    if path.exists():
        _same_volume(path, base, size)
        return
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    try:
        _make(temporary, base, size, owner)
        temporary.rename(path)
        _sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _same_volume(path: Path, base: Path | None, size: int) -> None:
    found = info(path)
    if found.backing != base or found.size < size:
        raise AlreadyExists(f"{path} is a volume of {found.size} bytes on {found.backing} already.")


def _make(temporary: Path, base: Path | None, size: int, owner: int) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.fchown(descriptor, owner, owner)
        backing = [] if base is None else ["-b", str(base.absolute()), "-F", "raw"]
        _qemu_img(temporary, ["create", "-q", "-u", "-f", "qcow2", *backing, temporary.name, str(size)])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_scratch(folder: Path, name: str, size: int) -> None:
    """Make the empty temporary overlay `name` in a folder that an unprivileged process owns, as its owner.

    One that is there is replaced. It is opened relative to the folder and never by root, who would follow
    a link that the folder's owner planted. Raises DiskFull.
    """
    words = ["create", "-q", "-f", "qcow2", name, str(size)]
    try:
        _qemu_img(folder / name, words, owner=os.lstat(folder).st_uid)
    except BaseException:
        (folder / name).unlink(missing_ok=True)
        raise


def hand_over(path: Path, owner: int) -> None:
    """Make a volume that no machine uses belong to another uid. Raises NotFound."""
    try:
        os.chown(path, owner, owner, follow_symlinks=False)
    except FileNotFoundError as missing:
        raise NotFound(f"There is no volume {path}.") from missing


def descriptor(path: Path, flags: int) -> int:
    """Open a volume or base image to hand it to QEMU; the caller closes it. Raises NotFound."""
    try:
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError as missing:
        raise NotFound(f"The disk {path} does not exist.") from missing


def info(path: Path) -> DiskInfo:
    """What the volume is, also while a machine uses it. Raises NotFound, Corrupt."""
    shown = _qemu_img(path, ["info", "-U", "--output=json", "-f", "qcow2", path.name]).stdout
    try:
        facts: dict[str, Any] = json.loads(shown)
        return DiskInfo(
            size=int(facts["virtual-size"]),
            allocated=int(facts["actual-size"]),
            backing=Path(facts["backing-filename"]) if "backing-filename" in facts else None,
            bitmaps=tuple(_bitmap(row) for row in facts["format-specific"]["data"].get("bitmaps", [])),
        )
    except (ValueError, KeyError, TypeError) as wrong:
        raise Corrupt(str(path), f"qemu-img describes it as no volume ({wrong})") from wrong


def _bitmap(row: dict[str, Any]) -> Bitmap:
    flags = row["flags"]
    return Bitmap(
        name=row["name"],
        granularity=int(row["granularity"]),
        sound="in-use" not in flags,
        recording="auto" in flags,
    )


def grow(path: Path, size: int) -> None:
    """Make a volume that no machine uses larger; harmless when it has that size.

    Raises InvalidInput for a smaller size (volumes never shrink), Conflict while it is in use, DiskFull.
    """
    present = info(path).size
    if size < present or size % SECTOR:
        raise InvalidInput(f"{path} has {present} bytes; it cannot become {size}.")
    if size > present:
        for bitmap in info(path).bitmaps:
            if not bitmap.sound:  # qemu-img grows no disk that has one
                remove_bitmap(path, bitmap.name)
        _qemu_img(path, ["resize", "-q", _alone(path), str(size)])


def add_bitmap(path: Path, name: str) -> None:
    """Start a persistent bitmap on a volume that no machine uses, fresh if it exists. Raises Conflict."""
    if any(bitmap.name == name for bitmap in info(path).bitmaps):
        remove_bitmap(path, name)
    _qemu_img(path, ["bitmap", "--add", _alone(path), name])


def remove_bitmap(path: Path, name: str) -> None:
    """Remove a bitmap of a volume that no machine uses; harmless when it is not there. Raises Conflict."""
    if any(bitmap.name == name for bitmap in info(path).bitmaps):
        _qemu_img(path, ["bitmap", "--remove", _alone(path), name])


def _alone(path: Path) -> str:
    """The overlay without what lies below it, in QEMU's own notation."""
    file = {"driver": "file", "filename": path.name}
    return "json:" + json.dumps({"driver": "qcow2", "backing": None, "file": file})


def _qemu_img(path: Path, words: list[str], owner: int | None = None) -> proc.Result:
    """Run qemu-img as the owner of `path`, in its folder."""
    if owner is None:
        try:
            owner = os.lstat(path).st_uid
        except FileNotFoundError as missing:
            raise NotFound(f"There is no volume {path}.") from missing
    lowered = privileges.limits(memory=_MEMORY, cpu_seconds=_CPU_SECONDS)
    if owner != 0:
        lowered += privileges.as_user(owner)
    try:
        return proc.run([*lowered, "qemu-img", *words], cwd=path.parent, timeout=2 * _CPU_SECONDS)
    except ProgramFailed as failed:
        if "No space left on device" in failed.stderr:
            raise DiskFull(f"No room for {path}.") from failed
        if "lock" in failed.stderr and "another process" in failed.stderr:
            raise Conflict(f"{path} is in use by another process.") from failed
        if words[0] == "info":
            raise Corrupt(str(path), failed.stderr.strip().splitlines()[-1]) from failed
        raise
