"""A point in time of a machine's volumes, all of them at the same instant, while the guest goes on.

    record → temporary overlays → nodes → [freeze] → TRANSACTION → [thaw] → exports        open_live
    exports → jobs → nodes → bitmaps → temporary overlays → record                         close_live

The transaction starts, for each volume, a new dirty bitmap, a still copy of the parent's bitmap, and a backup
job that saves into a temporary overlay what the guest is about to overwrite. It makes all jobs or none, so
a job that exists *is* the point in time, and opening again with the same name continues it: all names in
QEMU are derived from the point's name and the volume. docs/machine.md has the reasons.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from amiable.compute import agent, block_server, disk, machine, point_record, process, qmp
from amiable.compute import folder as layout
from amiable.compute.point_record import Consistency, Marks, Record
from amiable.compute.source import VolumeSource
from amiable.core import clock, log
from amiable.core.errors import Conflict, NotFound, Unavailable

_log = log.logger(__name__)
_LIVE_LAYERS = 2  # the temporary overlay and the volume's own lie above the base image
_SETTLE = 30.0  # seconds that QEMU gets to let go of an export or a job

_Nodes = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class PointInTime:
    """An open point in time. `volumes` by volume id; `pause_ms`: how long the guest could not write.

    `taken_at` (ISO, UTC) changes if the machine ended meanwhile and the point had to be taken anew: what
    was read before that belongs to another point.
    """

    volumes: Mapping[str, VolumeSource]
    consistency: Consistency
    pause_ms: float
    taken_at: str

    def close(self) -> None:
        """Close this process's connections; the point stays open for whoever opens it again."""
        for source in self.volumes.values():
            source.close()


def open_live(
    folder: Path, name: str, volumes: Mapping[str, Marks], *, freeze_seconds: float = 10.0
) -> PointInTime:
    """Take the point in time `name` of a machine's `volumes`, or go on with the one of that name.

    If the guest agent answers within `freeze_seconds` (0: is not asked), file systems are frozen for the
    instant. Raises Conflict (the machine is absent, or the name is in use for other volumes), NotFound (it
    has no such volume), DiskFull, Unavailable.
    """
    record = point_record.load(folder, name)
    if record is not None and record.volumes != dict(volumes):
        raise Conflict(f"{folder.name}: the point in time {name} is open with other volumes or bitmaps.")
    if machine.status(folder) == "absent":
        raise Conflict(f"{folder.name} is absent: a live point in time needs a machine.")
    with qmp.connect(folder) as monitor:
        machine.require(monitor, "open_live", folder)
        if record is None or not _jobs(monitor) >= {record.key(volume) for volume in record.volumes}:
            if record is not None:
                _take_down(monitor, folder, record)  # what an interrupted attempt left
            record = point_record.save(folder, Record(name, dict(volumes)))
            record = _take(monitor, folder, record, freeze_seconds)
        record = _thaw(folder, record, max(freeze_seconds, 1.0))
        return PointInTime(
            volumes=_export(monitor, folder, record),
            consistency=record.consistency,
            pause_ms=record.pause_ms,
            taken_at=record.taken_at,
        )


def close_live(folder: Path, name: str, *, keep: bool = True) -> None:
    """End a point in time. `keep`: its bitmaps stay and older ones go; else its own go, the older stay.

    Idempotent, and right as well when the machine has ended or was started again since. Raises Unavailable.
    """
    record = point_record.load(folder, name)
    if record is None:
        return
    running = process.find(folder)
    if running is not None:
        with running, qmp.connect(folder) as monitor:
            record = _thaw(folder, record, 10.0)
            _take_down(monitor, folder, record)
            _tidy_bitmaps(monitor, folder, record, keep=keep)
            if machine.state(monitor) == "blocked":
                monitor.execute("cont")  # it waited for the room that the overlays took
    for volume in record.volumes:
        layout.remove(folder, _file(record, volume))
    point_record.remove(folder, name)


def _take(monitor: qmp.Monitor, folder: Path, record: Record, freeze_seconds: float) -> Record:
    """The instant itself. The record says at every moment what would be true if we ended here."""
    nodes = _nodes(monitor)
    actions = [
        action
        for volume, marks in record.volumes.items()
        for action in _prepare(monitor, folder, record, volume, marks, nodes)
    ]
    with ExitStack() as stack:
        if freeze_seconds > 0 and machine.state(monitor) == "running" and agent.listens(monitor):
            record = _freeze(stack, folder, record, freeze_seconds)
        began = clock.monotonic()
        record = point_record.save(folder, record, taken_at=clock.iso(clock.now()))
        monitor.execute("transaction", actions=actions)
    # from here on no file system is frozen: leaving the stack confirmed it, or raised
    pause = (clock.monotonic() - (record.frozen_at or began)) * 1000
    return point_record.save(folder, record, frozen_at=None, pause_ms=pause)


def _freeze(stack: ExitStack, folder: Path, record: Record, seconds: float) -> Record:
    """Freeze the guest until the stack unwinds. A guest that cannot is taken as it is."""
    asked = record
    try:
        conversation = stack.enter_context(agent.Agent(folder, seconds))
        asked = point_record.save(folder, record, frozen_at=clock.monotonic())
        stack.enter_context(conversation.frozen())
    except (Conflict, Unavailable) as refused:
        _log.warning("%s: taken without freezing: %s", folder.name, refused)
        return _thaw(folder, asked, seconds)
    return point_record.save(folder, asked, consistency="file-system")


def _prepare(
    monitor: qmp.Monitor, folder: Path, record: Record, volume: str, marks: Marks, nodes: _Nodes
) -> list[dict[str, Any]]:
    """Make the temporary overlay of one volume; the actions that belong into the transaction."""
    if volume not in nodes:
        raise NotFound(f"{folder.name} has no volume {volume}.")
    key = record.key(volume)
    bitmaps = {row["name"]: row for row in nodes[volume].get("dirty-bitmaps", []) if "name" in row}
    for bitmap, row in bitmaps.items():
        if row.get("inconsistent") or bitmap in (marks.bitmap, key):
            monitor.execute("block-dirty-bitmap-remove", node=volume, name=bitmap)
    disk.create_scratch(folder / layout.RUN, _file(record, volume), nodes[volume]["image"]["virtual-size"])
    file = {"driver": "file", "filename": _file(record, volume)}
    monitor.execute("blockdev-add", driver="qcow2", node_name=key, file=file, backing=volume)
    actions = [_action("block-dirty-bitmap-add", node=volume, name=marks.bitmap, persistent=True)]
    parent = bitmaps.get(marks.since) if marks.since not in (None, marks.bitmap) else None
    if parent is not None and parent["recording"] and not parent.get("inconsistent"):
        granularity = parent["granularity"]
        actions += [
            _action("block-dirty-bitmap-add", node=volume, name=key, disabled=True, granularity=granularity),
            _action("block-dirty-bitmap-merge", node=volume, target=key, bitmaps=[marks.since]),
        ]
    return [*actions, _action("blockdev-backup", job_id=key, device=volume, target=key, sync="none")]


def _action(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {name.replace("_", "-"): value for name, value in data.items()}}


def _thaw(folder: Path, record: Record, seconds: float) -> Record:
    """Thaw a guest that an interrupted attempt may have left frozen. Unconfirmed, the record keeps it."""
    if record.frozen_at is None:
        return record
    if not agent.thaw(folder, seconds):
        _log.error("%s: the guest agent did not confirm the thaw", folder.name)
        return record
    pause = (clock.monotonic() - record.frozen_at) * 1000
    return point_record.save(folder, record, frozen_at=None, pause_ms=pause)


def _export(monitor: qmp.Monitor, folder: Path, record: Record) -> dict[str, VolumeSource]:
    block_server.serve(monitor, folder)
    nodes = _nodes(monitor)
    sources = {}
    for volume in record.volumes:
        key = record.key(volume)
        incremental = any(row.get("name") == key for row in nodes[volume].get("dirty-bitmaps", []))
        block_server.export(monitor, key, key, bitmap=(volume, key) if incremental else None)
        connect = partial(block_server.connect, folder, key)
        sources[volume] = VolumeSource(connect, bitmap=key if incremental else None, layers=_LIVE_LAYERS)
    return sources


def _take_down(monitor: qmp.Monitor, folder: Path, record: Record) -> None:
    """Remove exports, jobs, nodes and bitmap copies of the point, as far as they exist."""
    keys = {record.key(volume): volume for volume in record.volumes}
    for key in block_server.exports(monitor) & set(keys):
        monitor.execute("block-export-del", id=key, mode="hard")
    _await_gone(lambda: block_server.exports(monitor) & set(keys))
    for key in _jobs(monitor) & set(keys):
        monitor.execute("block-job-cancel", device=key, force=True)
    _await_gone(lambda: _jobs(monitor) & set(keys))
    nodes = _nodes(monitor)
    for key, volume in keys.items():
        if key in nodes:
            monitor.execute("blockdev-del", node_name=key)
        if any(row.get("name") == key for row in nodes.get(volume, {}).get("dirty-bitmaps", [])):
            monitor.execute("block-dirty-bitmap-remove", node=volume, name=key)
        layout.remove(folder, _file(record, volume))


def _tidy_bitmaps(monitor: qmp.Monitor, folder: Path, record: Record, *, keep: bool) -> None:
    """Leave this point's bitmaps (`keep`) or its predecessors'; other open points keep theirs."""
    others = [other for other in point_record.load_all(folder) if other.name != record.name]
    nodes = _nodes(monitor)
    for volume, marks in record.volumes.items():
        elsewhere = {name for other in others if volume in other.volumes for name in _owned(other, volume)}
        for row in nodes.get(volume, {}).get("dirty-bitmaps", []):
            name = row.get("name")
            if name and name not in elsewhere and (name == marks.bitmap) != keep:
                monitor.execute("block-dirty-bitmap-remove", node=volume, name=name)


def _owned(record: Record, volume: str) -> tuple[str, str]:
    return record.volumes[volume].bitmap, record.key(volume)


def _file(record: Record, volume: str) -> str:
    return record.key(volume) + ".qcow2"


def _nodes(monitor: qmp.Monitor) -> _Nodes:
    return {row["node-name"]: row for row in monitor.execute("query-named-block-nodes", flat=True)}


def _jobs(monitor: qmp.Monitor) -> set[str]:
    return {row["device"] for row in monitor.execute("query-block-jobs")}


def _await_gone(present: Callable[[], set[str]]) -> None:
    deadline = clock.monotonic() + _SETTLE
    while left := present():
        if clock.monotonic() > deadline:
            raise Unavailable(f"QEMU does not let go of {', '.join(sorted(left))}.")
        clock.sleep(0.005)
