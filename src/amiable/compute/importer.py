"""Disk files of strangers become raw disks of ours, without ever being trusted.

    checksum, decompression (bounded) → format by magic, header checks (disk_format)
    → block server: unprivileged, no network, under limits, one descriptor
    → is it the only file it opened? does qemu-img check it? → copy what it reads, over NBD, holes as holes

The result gets its name only when it is whole and on disk. Whatever fails leaves nothing behind.
"""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from amiable.compute import argv, block_server, disk_format, disk_tail, privileges, qmp, sparse, unpack
from amiable.compute import folder as layout
from amiable.compute.disk_format import SECTOR, Format
from amiable.core import proc
from amiable.core.errors import Corrupt, InvalidInput, LimitExceeded, NotFound, ProgramFailed, Unavailable

MAX_SIZE = 16 << 40  # bytes; the largest gp3 volume
Progress = Callable[[str, float], None]
_CPU_SECONDS = 3600
_MEMORY = 2 << 30
_STEP = 8 << 20
_ZERO = 2  # NBD_STATE_ZERO of base:allocation
_HASHES = {"sha256": 64, "sha512": 128}


@dataclass(frozen=True)
class DiskFile:
    """What a disk file is: format, size in bytes of the disk in it, compression around it."""

    format: Format
    virtual_size: int
    compression: unpack.Compression | None


def inspect(path: Path, work: Path, uid: int) -> DiskFile:
    """What the disk file `path` is. `work`: a folder for temporary files; `uid`: who parses it.

    A compressed file is unpacked for it. Raises as `convert`.
    """
    with _opened(path, work, None, _silent) as (file, compression):
        form = _detect(path.name, file)
        with _served(path.name, file, form, work, uid) as size:
            return DiskFile(form, size, compression)


def convert(
    path: Path, out: Path, work: Path, uid: int, progress: Progress, *, checksum: str | None = None
) -> DiskFile:
    """Make the raw disk `out` (sparse, root's, 0600) of the disk file `path`.

    `checksum` is `sha256:…` or `sha512:…` of the file as it is (compressed, if it is). `progress` gets
    what is being done and the fraction of it.
    Raises NotFound, InvalidInput (not a disk, or one that may not be opened), LimitExceeded, DiskFull,
    Corrupt (wrong checksum, truncated, damaged), Unavailable.
    """
    temporary = out.with_name(out.name + ".part")
    try:
        with _opened(path, work, checksum, progress) as (file, compression):
            form = _detect(path.name, file)
            with _served(path.name, file, form, work, uid) as size:
                _check(path.name, form, work, uid)
                _copy(path.name, work, temporary, size, progress)
            temporary.rename(out)
            _sync(out.parent)
            return DiskFile(form, size, compression)
    finally:
        temporary.unlink(missing_ok=True)


def _silent(_what: str, _fraction: float) -> None:
    return


@contextmanager
def _opened(
    path: Path, work: Path, checksum: str | None, progress: Progress
) -> Iterator[tuple[BinaryIO, unpack.Compression | None]]:
    """The disk file, unpacked if it was compressed, with its checksum verified."""
    wanted = _wanted(checksum)
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        source = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as failed:
        raise NotFound(f"{path} cannot be read: {failed.strerror}.") from failed
    unpacked = work / "unpacked"
    try:
        with source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise InvalidInput(f"{path} is not a file.")
            compression = unpack.detect(source.read(6))
            _verify(source, path.name, wanted, progress)
            if compression is None:
                yield source, None
                return
            source.seek(0)
            with unpacked.open("wb") as target:
                _unpack(source, compression, path.name, target, progress)
            with unpacked.open("rb") as target:  # read-only: the block server gets no more than it needs
                yield target, compression
    finally:
        unpacked.unlink(missing_ok=True)


def _wanted(checksum: str | None) -> tuple[str, str] | None:
    if checksum is None:
        return None
    kind, _, digest = checksum.strip().lower().partition(":")
    if len(digest) != _HASHES.get(kind) or set(digest) - set("0123456789abcdef"):
        raise InvalidInput(f"{checksum!r} is no checksum: write sha256: or sha512: and its hex digits.")
    return kind, digest


def _verify(source: BinaryIO, name: str, wanted: tuple[str, str] | None, progress: Progress) -> None:
    if wanted is None:
        return
    kind, digest = wanted
    total = os.fstat(source.fileno()).st_size
    state = hashlib.new(kind)
    source.seek(0)
    while piece := source.read(_STEP):
        state.update(piece)
        progress("Verifying the checksum", source.tell() / max(total, 1))
    if state.hexdigest() != digest:
        raise Corrupt(name, f"its {kind} is {state.hexdigest()}, not {digest}")


def _unpack(
    source: BinaryIO, compression: unpack.Compression, name: str, target: BinaryIO, progress: Progress
) -> None:
    total, length = os.fstat(source.fileno()).st_size, 0
    for piece in unpack.pieces(source, compression, name):
        if length + len(piece) > MAX_SIZE:
            raise LimitExceeded(f"{name} unpacks to more than {MAX_SIZE >> 40} TiB.")
        sparse.write(target.fileno(), length, piece)
        length += len(piece)
        progress("Unpacking", source.tell() / max(total, 1))
    target.truncate(length)


def _detect(name: str, file: BinaryIO) -> Format:
    for suffix in unpack.SUFFIXES:
        name = name.removesuffix(suffix)
    descriptor = file.fileno()

    def read(offset: int, length: int) -> bytes:
        return os.pread(descriptor, length, offset)

    size = os.fstat(descriptor).st_size
    form = disk_format.detect(name, size, read)
    disk_tail.check(form, name, size, read)
    return form


@contextmanager
def _served(name: str, file: BinaryIO, form: Format, work: Path, uid: int) -> Iterator[int]:
    """A block server has the file open: exports `disk` (what is in it) and `file`. Gives the disk's size."""
    folder = work / "server"
    number = file.fileno()
    words = [
        *("-add-fd", f"fd={number},set={number}"),
        *argv.blockdev(driver="file", node_name="file", filename=f"/dev/fdset/{number}", read_only=True),
        *argv.blockdev(**_node(form, "file"), node_name="disk", read_only=True),
    ]
    try:
        try:
            block_server.start(folder, uid, words, [number], cpu_seconds=_CPU_SECONDS)
        except ProgramFailed as failed:
            raise Corrupt(name, _last_words(failed)) from failed
        with qmp.connect(folder) as monitor:
            nodes = {row["node-name"]: row for row in monitor.execute("query-named-block-nodes", flat=True)}
            if set(nodes) != {"disk", "file"}:
                raise InvalidInput(f"{name} is not one file: it refers to others. Export it as one file.")
            size = -(-int(nodes["disk"]["image"]["virtual-size"]) // SECTOR) * SECTOR
            if not 0 < size <= MAX_SIZE:
                raise LimitExceeded(
                    f"{name} holds a disk of {size} bytes; at most {MAX_SIZE >> 40} TiB can be."
                )
            block_server.serve(monitor, folder)
            for node in nodes:
                block_server.export(monitor, node, node, depth=False)
        yield size
    finally:
        block_server.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _node(form: Format, file: Any) -> dict[str, Any]:
    """The format's node on top of `file`, told not to open anything below."""
    alone = {"backing": None} if form in ("qcow2", "vmdk") else {}
    return {"driver": form, "file": file, **alone}


def _last_words(failed: ProgramFailed) -> str:
    lines = [line.rpartition("}: ")[2] for line in failed.stderr.strip().splitlines()]
    return lines[-1] if lines else "QEMU cannot open it"


def _check(name: str, form: Format, work: Path, uid: int) -> None:
    """Let qemu-img look for damage: data beyond the end of a truncated file would read as zeros."""
    if form not in ("qcow2", "vmdk", "vhdx"):
        return  # nothing to check in raw; VHD was checked with its header
    folder = work / "server"
    server = {"type": "unix", "path": layout.NBD}
    node = _node(form, {"driver": "nbd", "server": server, "export": "file"})
    lowered = [*privileges.limits(memory=_MEMORY, cpu_seconds=_CPU_SECONDS), *privileges.isolated()]
    words = [*lowered, *privileges.as_user(uid), "qemu-img", "check", "-q", "json:" + json.dumps(node)]
    done = proc.run(words, cwd=folder / layout.RUN, check=False, timeout=2 * _CPU_SECONDS)
    if done.status not in (0, 3):  # 3: unused space only
        said = (done.text + done.stderr).strip().splitlines()
        raise Corrupt(name, f"it is truncated or damaged: {said[0] if said else 'qemu-img check says no'}")


def _copy(name: str, work: Path, target: Path, size: int, progress: Progress) -> None:
    """Copy the exported disk, its zeros as holes."""
    connect = partial(block_server.connect, work / "server", "disk")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    map_of, data = connect(("base:allocation",)), connect()
    try:
        os.ftruncate(descriptor, size)
        for offset, length, flags in map_of.status("base:allocation"):
            for at in range(offset, offset + length, _STEP) if not flags & _ZERO else ():
                sparse.write(descriptor, at, data.read(at, min(_STEP, offset + length - at)))
                progress("Copying", at / size)
        os.fsync(descriptor)
    except (Corrupt, Unavailable) as damaged:  # QEMU hangs up on some read errors instead of saying them
        raise Corrupt(name, f"its data cannot be read ({damaged})") from damaged
    finally:
        map_of.close()
        data.close()
        os.close(descriptor)
    progress("Copying", 1.0)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
