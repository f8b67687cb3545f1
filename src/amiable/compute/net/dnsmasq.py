"""A dnsmasq that outlives this process: started, told to read again, found again, stopped.

    absent ──start──► running ──config or namespace changed──► stopped and started
                         └──tables changed──► SIGHUP

A folder holds its configuration, its tables, pid file and log. It is ours if its command line names that
configuration, and good if it lives in the right namespace. The note of what it last read is written
after it was told.
"""

import hashlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from amiable.compute.net.inside import NAMESPACES, identity, run_inside
from amiable.core import clock, proc
from amiable.core.errors import MissingPrerequisite, Unavailable

_STOP_SECONDS = 5.0


def ensure(
    folder: Path, config: str, tables: Mapping[str, str], namespace: str | None, restart: bool = False
) -> None:
    """Make it run in the namespace (None: the caller's own) with this configuration and these files.

    With `restart`, leases are forgotten. Raises ProgramFailed when it refuses its configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _check_reachable(folder)
    wanted, read = _digest({"config": config}), _digest(tables)
    note = folder / "dnsmasq.note"
    known = note.read_text() if note.exists() else ""
    pid = running(folder, namespace)
    if pid is not None and known == wanted + read and not restart:
        return
    for name, text in tables.items():
        _replace(folder / name, text)
    if pid is not None and known.startswith(wanted) and not restart:
        os.kill(pid, signal.SIGHUP)
    else:
        stop(folder)
        if restart:
            (folder / "leases").unlink(missing_ok=True)
        _replace(folder / "dnsmasq.conf", config)
        command = ["dnsmasq", f"--conf-file={folder / 'dnsmasq.conf'}"]
        # It goes to the background by itself, after it has opened its sockets
        if namespace is None:
            proc.run(command)
        else:
            run_inside(namespace, lambda: proc.run(command))
    _replace(note, wanted + read)


def running(folder: Path, namespace: str | None) -> int | None:
    """Its process id, if it runs and lives in the namespace (None: the caller's own)."""
    pid = _pid(folder)
    if pid is None:
        return None
    place = Path("/proc/thread-self/ns/net") if namespace is None else NAMESPACES / namespace
    return pid if identity(Path(f"/proc/{pid}/ns/net")) == identity(place) else None


def stop(folder: Path) -> None:
    """End it, wherever it lives, and wait until it is gone. Raises Unavailable if it will not go."""
    deadline = clock.monotonic() + _STOP_SECONDS
    for pid in _all(folder):
        os.kill(pid, signal.SIGTERM)
        while _is_ours(pid, folder):
            if clock.monotonic() > deadline:
                raise Unavailable(f"dnsmasq (process {pid}) does not end.")
            clock.sleep(0.01)


def _pid(folder: Path) -> int | None:
    """The process that the pid file names, if it is the dnsmasq of this folder."""
    try:
        pid = int((folder / "dnsmasq.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return pid if _is_ours(pid, folder) else None


def _all(folder: Path) -> list[int]:
    """Every dnsmasq of this folder, also one whose pid file was lost."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_ours(int(entry.name), folder)]


def _is_ours(pid: int, folder: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return f"--conf-file={folder / 'dnsmasq.conf'}".encode() in words


def _digest(texts: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all; others may read it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.chmod(0o644)
    fresh.replace(path)


def _check_reachable(folder: Path) -> None:
    """dnsmasq reads its files again as the user `dnsmasq`, so that user must be able to reach them."""
    if folder.stat().st_mode & 0o005 != 0o005:
        folder.chmod(0o755)
    for above in folder.parents:
        if not above.stat().st_mode & 0o001:
            remedy = f"Run: chmod o+x {above}"
            raise MissingPrerequisite(f"The user dnsmasq cannot enter {above}.", remedy)
