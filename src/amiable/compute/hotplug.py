"""Volumes of a running machine: plugged in, asked back, taken away, grown. Orders: docs/machine.md.

    plug     descriptors → base node → overlay node → device on a free port
    unplug   the guest is asked; when its device is gone: nodes → descriptors
    revoke   an always failing node takes the volume's place under the device: nodes → descriptors

All names in QEMU are derived from the volume's id, and every function first looks at what QEMU has: so each
may be killed at any line and run again. The guest decides when, and whether, it lets a device go.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amiable.compute import argv, disk, machine, process, qmp
from amiable.compute.hot_ports import devices, free_port
from amiable.compute.spec import Disk
from amiable.core.errors import Conflict, NotFound, Unavailable

_GONE = "-gone"
_IO = ("read", "write", "write-zeroes", "discard", "flush")
_EIO = 5


def _is_on(folder: Path) -> bool:
    running = process.find_answering(folder)
    if running is not None:
        running.close()
    return running is not None


def plug(folder: Path, item: Disk) -> bool:
    """Give the machine a volume; harmless when it has it. False when no machine runs.

    Returns before the guest has noticed, which may be never. Raises Conflict (another process uses the
    volume, or the guest still holds the device of a volume that was revoked), LimitExceeded (no free
    port), NotFound, Unavailable.
    """
    if not _is_on(folder):
        return False
    with qmp.connect(folder) as monitor:
        if machine.state(monitor) == "shutdown":
            raise Unavailable(f"{folder.name} is ending.")
        machine.require(monitor, "plug", folder)
        if item.device in devices(monitor):
            if item.node in _nodes(monitor):
                return True
            raise Conflict(f"The guest still holds the former device of {item.volume_id}; reboot it first.")
        _forget(monitor, item)  # what an interrupted attempt left
        try:
            _add_nodes(monitor, item)
            monitor.execute("device_add", **argv.disk_device(item), bus=free_port(monitor))
        except BaseException:
            if item.device not in devices(monitor):
                _forget(monitor, item)
            raise
    return True


def _add_nodes(monitor: qmp.Monitor, item: Disk) -> None:
    if item.base is not None:
        base = _hand_over(monitor, item.base, os.O_RDONLY, item.base_node)
        monitor.execute("blockdev-add", **argv.base_node(item, base))
    overlay = _hand_over(monitor, item.path, os.O_RDWR, item.node)
    monitor.execute("blockdev-add", **argv.overlay_node(item, overlay))


def _hand_over(monitor: qmp.Monitor, path: Path, flags: int, use: str) -> int:
    descriptor = disk.descriptor(path, flags)
    try:
        return monitor.add_descriptor(descriptor, use)
    finally:
        os.close(descriptor)


def unplug(folder: Path, item: Disk) -> bool:
    """Ask the guest to give a volume back; call again until true: then nothing holds the file any more.

    True as well when the machine does not have it, or when no machine runs. Raises Unavailable, Conflict
    (a point in time is open on it).
    """
    if not _is_on(folder):
        return True
    with qmp.connect(folder) as monitor:
        if item.device in devices(monitor):
            _ask(monitor, item)
        if item.device not in devices(monitor):
            return _forget(monitor, item)
        return item.node not in _nodes(monitor) and _remove(monitor, item.node, item.base_node)  # revoked


def _ask(monitor: qmp.Monitor, item: Disk) -> None:
    try:
        monitor.execute("device_del", id=item.device)
    except (Conflict, NotFound):
        return  # it was asked a moment ago, or it has just let go


def revoke(folder: Path, item: Disk) -> bool:
    """Take a volume away from a guest that does not give it back: from now on its device only fails.

    What the guest has flushed is in the volume. The dead device goes when the guest lets it, or with the
    machine. False while the file is still open, since the guest is paused or blocked: `unplug` tells when
    it is not. Raises Unavailable, Conflict (a point in time is open on the volume).
    """
    if not _is_on(folder):
        return True
    with qmp.connect(folder) as monitor:
        nodes = _nodes(monitor)
        if item.device in devices(monitor) and item.node in nodes:
            gone = item.node + _GONE
            if gone not in nodes:
                monitor.execute("blockdev-add", **_failing(gone, nodes[item.node]["image"]["virtual-size"]))
            place = f"/machine/peripheral/{item.device}"
            monitor.execute("qom-set", path=place, property="drive", value=gone)
        return _remove(monitor, item.node, item.base_node)


def _failing(name: str, size: int) -> dict[str, Any]:
    errors = [{"event": "none", "errno": _EIO, "iotype": kind} for kind in _IO]
    image = {"driver": "null-co", "size": size}
    return {"driver": "blkdebug", "node_name": name, "image": image, "inject_error": errors}


def grow(folder: Path, item: Disk, size: int) -> bool:
    """Make a volume of a running machine larger (bytes); the guest is told. False if no machine has it.

    Raises Conflict (a point in time is open on it), DiskFull, Unavailable.
    """
    if not _is_on(folder):
        return False
    with qmp.connect(folder) as monitor:
        node = _nodes(monitor).get(item.node)
        if node is None:
            return False
        if node["image"]["virtual-size"] < size:
            for bitmap in node.get("dirty-bitmaps", []):
                if bitmap.get("inconsistent"):  # QEMU grows no disk that has one
                    monitor.execute("block-dirty-bitmap-remove", node=item.node, name=bitmap["name"])
            monitor.execute("block_resize", node_name=item.node, size=size)
    return True


def _forget(monitor: qmp.Monitor, item: Disk) -> bool:
    """Remove all that belongs to a volume which has no device; whether nothing is left."""
    return _remove(monitor, item.node, item.base_node, item.node + _GONE)


def _remove(monitor: qmp.Monitor, *names: str) -> bool:
    """Remove nodes, in this order, and the descriptors they were opened by; whether those are closed.

    A QEMU whose guest is paused or blocked closes none.
    """
    present = _nodes(monitor)
    for name in names:
        if name in present:
            monitor.execute("blockdev-del", node_name=name)
    for number in _descriptors(monitor, names):
        monitor.execute("remove-fd", fdset_id=number)
    return not _descriptors(monitor, names)


def _descriptors(monitor: qmp.Monitor, names: Sequence[str]) -> list[int]:
    return [
        row["fdset-id"]
        for row in monitor.execute("query-fdsets")
        if {one.get("opaque") for one in row["fds"]} & set(names)
    ]


def _nodes(monitor: qmp.Monitor) -> dict[str, dict[str, Any]]:
    return {row["node-name"]: row for row in monitor.execute("query-named-block-nodes", flat=True)}
