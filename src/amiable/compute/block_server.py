"""QEMU without a machine: opens disk files for us and serves what is in them over NBD.

Whatever parses bytes of a guest or a stranger runs here: unprivileged, with seccomp, without network, under
limits, with nothing but the descriptors that it is handed, read-only. It is QEMU itself (`-machine none`)
rather than qemu-storage-daemon, because only QEMU takes disks by descriptor and has the seccomp sandbox.

It has a folder of its own, like a machine (`process` starts and finds it). It keeps no state: starting
over is always right.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from amiable.compute import argv, nbd, privileges, process, qmp
from amiable.compute import folder as layout
from amiable.compute.nbd import Connection
from amiable.core.errors import Unavailable

_MEMORY = 2 << 30
_NBD_TIMEOUT = 120.0


def start(
    folder: Path, uid: int, words: Sequence[str], descriptors: Sequence[int], *, cpu_seconds: int
) -> None:
    """Start a fresh block server in `folder`; one that runs there is ended first.

    `words` (from `argv.overlay`, `argv.blockdev`) make the nodes, `descriptors` are the files they name.
    Raises as `process.launch`; ProgramFailed carries QEMU's words about a file that it cannot open.
    """
    stop(folder)
    command = [
        argv.PROGRAM,
        *("-machine", "none", "-accel", "tcg,tb-size=1", "-S"),
        *("-nodefaults", "-no-user-config", "-display", "none", "-sandbox", argv.SANDBOX),
        *("-chardev", f"socket,id=qmp,path={layout.QMP},server=on,wait=off"),
        *("-mon", "chardev=qmp,mode=control"),
        *words,
    ]
    bounds = privileges.limits(memory=_MEMORY, cpu_seconds=cpu_seconds)
    process.launch(folder, uid, command, descriptors, prefix=bounds).close()


def stop(folder: Path) -> None:
    """End the block server of this folder; harmless when none runs."""
    running = process.find(folder)
    if running is not None:
        with running:
            process.kill(running)


def serve(monitor: qmp.Monitor, folder: Path) -> None:
    """Make sure that the QEMU in `folder` listens for NBD clients; it does so to its end."""
    try:
        layout.connect(folder, layout.NBD, 5).close()
    except Unavailable:
        layout.remove(folder, layout.NBD)
        monitor.execute("nbd-server-start", addr={"type": "unix", "data": {"path": layout.NBD}})


def export(
    monitor: qmp.Monitor, name: str, node: str, *, bitmap: tuple[str, str] | None = None, depth: bool = True
) -> None:
    """Export a node read-only under `name`; harmless when it is exported. `bitmap`: its node and name."""
    if name in exports(monitor):
        return
    rows = [] if bitmap is None else [{"node": bitmap[0], "name": bitmap[1]}]
    monitor.execute(
        "block-export-add",
        **{"type": "nbd", "id": name, "name": name, "node-name": node},
        writable=False,
        allocation_depth=depth,
        bitmaps=rows,
    )


def exports(monitor: qmp.Monitor) -> set[str]:
    """Names of the exports."""
    return {row["id"] for row in monitor.execute("query-block-exports")}


def connect(folder: Path, name: str, contexts: Sequence[str] = ()) -> Connection:
    """A connection to an export. Raises NotFound, Unavailable, Corrupt."""
    return nbd.Connection(layout.connect(folder, layout.NBD, _NBD_TIMEOUT), name, contexts)


def connector(folder: Path, name: str) -> "partial[Connection]":
    """`connect` with folder and name filled in."""
    return partial(connect, folder, name)
