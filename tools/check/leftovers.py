"""The last look: what is on this machine now that was not there when the run began.

A look is a set of sentences, so "what was left" is one set less another. A process is ours if it carries
the run's mark in its environment, which every program inherits, also those that outlive the server (QEMU,
dnsmasq); so a server that somebody else runs on this machine is not taken for a leftover.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

MARK = "CHECK_RUN_MARK"


def look(mark: str) -> frozenset[str]:
    """One sentence for everything that a run could leave behind."""
    found = set(_processes(mark).values())
    found |= {f"network namespace {name}" for name in _names("/run/netns")}
    found |= {f"network link {name}" for name in _names("/sys/class/net")}
    found |= {f"runtime folder /run/amiable/{name}" for name in _names("/run/amiable")}
    found |= {f"route {line}" for line in _lines("ip", "route", "show", "table", "all")}
    found |= {f"nftables {line}" for line in _lines("nft", "list", "tables")}
    for file in Path("/sys/block").glob("loop*/loop/backing_file"):
        found.add(f"loop device /dev/{file.parts[3]} on {file.read_text().strip()}")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = line.split()[4]
        if not point.startswith("/run/netns"):  # named above
            found.add(f"mount {point}")
    return frozenset(found)


def left(before: frozenset[str], mark: str, patience: float = 10.0) -> list[str]:
    """What is there and was not there before, once it has had `patience` seconds to go away."""
    deadline = time.monotonic() + patience
    while (new := look(mark) - before) and time.monotonic() < deadline:
        time.sleep(0.2)
    return sorted(new)


def end_processes(mark: str) -> None:
    """Kill what still carries the run's mark, one process at a time."""
    for pid in _processes(mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it ended by itself in this moment


def _processes(mark: str) -> dict[int, str]:
    """Sentences by process id, for those that carry the mark; zombies are nobody's."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0")
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or it is somebody else's
        if marked:
            command = b" ".join(words).decode(errors="replace").strip()
            found[int(folder.name)] = f"process {folder.name}: {command[:200]}"
    return found


def _names(folder: str) -> list[str]:
    return os.listdir(folder) if os.path.isdir(folder) else []


def _lines(*command: str) -> list[str]:
    """What a listing prints; nothing where the program is not installed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]
