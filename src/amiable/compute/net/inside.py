"""Work inside a namespace. A fresh thread enters it, works and ends, so no other thread ever notices.

Programs started and sockets opened by that thread belong to the namespace and stay there after the thread has
ended. (`ip netns exec` would also change the mount namespace, which we do not want.)
"""

import ctypes
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from amiable.core.errors import MissingPrerequisite, NotFound

NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

Answer = TypeVar("Answer")


def exists(namespace: str) -> bool:
    """Whether the namespace stands: its file is there and is one (a file left by a crash is not)."""
    return identity(NAMESPACES / namespace) is not None


def identity(path: Path) -> tuple[int, int] | None:
    """What tells namespaces apart, for `/run/netns/<name>` and `/proc/<pid>/ns/net`; None if it is none."""
    try:
        status, ours = path.stat(), os.stat("/proc/self/ns/net")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return (status.st_dev, status.st_ino) if status.st_dev == ours.st_dev else None


def run_inside(namespace: str, work: Callable[[], Answer]) -> Answer:
    """What `work()` returns or raises, called in the namespace. Raises NotFound, MissingPrerequisite."""
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def body() -> None:
        try:
            _enter(namespace)
            answers.append(work())
        except BaseException as failure:  # noqa: BLE001 - handed to the caller, nothing is swallowed
            failures.append(failure)

    thread = threading.Thread(target=body, name=f"in-{namespace}")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return answers[0]


def _enter(namespace: str) -> None:
    try:
        descriptor = os.open(NAMESPACES / namespace, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as missing:
        raise NotFound(f"There is no network namespace {namespace}.") from missing
    try:
        if _libc.setns(descriptor, _CLONE_NEWNET) == 0:
            return
        number = ctypes.get_errno()
    finally:
        os.close(descriptor)
    if number == errno.EPERM:
        raise MissingPrerequisite("Entering a network namespace needs root.", "Run amiable as root.")
    raise NotFound(f"{NAMESPACES / namespace} is no network namespace: {os.strerror(number)}.")
