"""A point in time of volumes that no machine uses: the same shape, read through a block server.

    bitmaps added → block server → exports          open_stopped
    block server ends → bitmaps tidied              close_stopped

Nothing changes while it is open, so opening again after an interruption simply starts a new block server. No
machine may start on the volumes meanwhile (QEMU's image lock refuses it).
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from amiable.compute import argv, block_server, disk, qmp
from amiable.compute.point_in_time import PointInTime
from amiable.compute.point_record import Marks
from amiable.compute.source import VolumeSource
from amiable.compute.spec import Disk
from amiable.core import clock

_LAYERS = 1  # the volume's own lies above the base image
_CPU_SECONDS = 24 * 3600


def open_stopped(
    folder: Path, uid: int, disks: Sequence[Disk], marks: Mapping[str, Marks], *, clean: bool
) -> PointInTime:
    """Open stopped volumes for reading. `folder` is the block server's own, not a machine's; `uid` its user.

    `marks` by volume id; `clean`: whether the guest itself shut its file systems down.
    Raises Conflict (a volume is in use), NotFound, Corrupt, DiskFull, Unavailable.
    """
    block_server.stop(folder)
    since = {item.volume_id: _mark(item, marks[item.volume_id]) for item in disks}
    with ExitStack() as opened:
        words: list[str] = []
        numbers: list[int] = []
        for item in disks:
            overlay = disk.descriptor(item.path, os.O_RDONLY)
            opened.callback(os.close, overlay)
            base = None
            if item.base is not None:
                base = disk.descriptor(item.base, os.O_RDONLY)
                opened.callback(os.close, base)
            words += argv.overlay(item, overlay, base, read_only=True)
            numbers += [overlay] if base is None else [overlay, base]
        block_server.start(folder, uid, words, numbers, cpu_seconds=_CPU_SECONDS)
    with qmp.connect(folder) as monitor:
        block_server.serve(monitor, folder)
        for item in disks:
            bitmap = since[item.volume_id]
            block_server.export(
                monitor, item.volume_id, item.node, bitmap=(item.node, bitmap) if bitmap else None
            )
    sources = {
        item.volume_id: VolumeSource(
            partial(block_server.connect, folder, item.volume_id),
            bitmap=since[item.volume_id],
            layers=_LAYERS,
        )
        for item in disks
    }
    return PointInTime(sources, "file-system" if clean else "crash", 0.0, clock.iso(clock.now()))


def _mark(item: Disk, marks: Marks) -> str | None:
    """Start the new bitmap, unless an interrupted attempt did; the parent's bitmap if it can be relied on."""
    sound = {row.name for row in disk.info(item.path).bitmaps if row.sound and row.recording}
    if marks.bitmap not in sound:
        disk.add_bitmap(item.path, marks.bitmap)
    return marks.since if marks.since in sound and marks.since != marks.bitmap else None


def close_stopped(
    folder: Path, disks: Sequence[Disk], marks: Mapping[str, Marks], *, keep: bool = True
) -> None:
    """End it. `keep`: the new bitmaps stay and older ones go; else the new ones go. Idempotent.

    Raises Conflict when a machine uses a volume already.
    """
    block_server.stop(folder)
    for item in disks:
        own = marks[item.volume_id].bitmap
        for row in disk.info(item.path).bitmaps:
            if (row.name == own) != keep:
                disk.remove_bitmap(item.path, row.name)
