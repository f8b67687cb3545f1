"""A QEMU process in its folder: started once, found again by anyone, watched through a pidfd.

Order of starting, and why every instant is safe:

1. `lock` is taken (flock, without waiting). Taken already: somebody starts or runs; wait and return that one.
2. The child inherits the lock; QEMU keeps it until it ends, so there is no gap between starter and QEMU.
3. The child writes its own process id to `pid`, then becomes setpriv, then QEMU: one process, one id.
4. QMP answers: the process is up. It exited instead: its last words are the error.

A recorded pid counts only while that process holds our `lock` file open; a recycled pid does not.
"""

import fcntl
import os
import select
import selectors
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from amiable.compute import folder as layout
from amiable.compute import privileges, qmp
from amiable.core import clock, proc
from amiable.core.errors import AmiableError, Conflict, DiskFull, ProgramFailed, Unavailable

_BECOME = 'echo $$ > "$0" && exec "$@"'
_POLL = 0.02


@dataclass(frozen=True)
class Running:
    """A process that was found: `pidfd` is that very process, for ever. Close it, or use it in a `with`."""

    folder: Path
    pid: int
    pidfd: int

    def close(self) -> None:
        """Forget the process (it goes on running)."""
        os.close(self.pidfd)

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def find(folder: Path) -> Running | None:
    """The process that runs in this folder, or None."""
    try:
        pid = int((folder / layout.PID).read_text())
        wanted = os.stat(folder / layout.LOCK)
    except (FileNotFoundError, ValueError):
        return None
    if pid <= 1 or not _holds(pid, wanted):
        return None
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    if not _holds(pid, wanted):  # it ended between the look and the pidfd: the number may be another's
        os.close(pidfd)
        return None
    return Running(folder, pid, pidfd)


def find_answering(folder: Path, timeout: float = 60) -> Running | None:
    """The process that runs in this folder, once it answers on QMP; None if there is none, or it ends.

    Raises Unavailable when it does neither within `timeout` seconds.
    """
    if (running := find(folder)) is None:
        return None
    if _answers(running, clock.monotonic() + timeout):
        return running
    ended = has_ended(running)
    running.close()
    if ended:
        return None
    raise Unavailable(f"{folder.name}: QEMU runs but does not answer.")


def _holds(pid: int, wanted: os.stat_result) -> bool:
    """Whether the process has that file open."""
    directory = f"/proc/{pid}/fd"
    try:
        return any(_same(f"{directory}/{entry}", wanted) for entry in os.listdir(directory))
    except (FileNotFoundError, ProcessLookupError):
        return False


def _same(path: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), wanted)
    except OSError:  # closed meanwhile
        return False


def launch(
    folder: Path,
    uid: int,
    argv: Sequence[str],
    descriptors: Iterable[int] = (),
    *,
    groups: tuple[int, ...] = (),
    prefix: Sequence[str] = (),
    timeout: float = 60,
) -> Running:
    """Start `argv` (a QEMU with a QMP socket `qmp` in its working directory) as `uid`, unless one runs.

    `descriptors` are open files that QEMU gets under the same numbers; the caller closes its own.
    `prefix` comes before everything else (prlimit). Returns when QMP answers.
    Raises Conflict (a disk is in use), DiskFull, MissingPrerequisite, ProgramFailed with QEMU's last
    words, Unavailable when it neither answers nor ends within `timeout` seconds (it is killed then).
    """
    layout.prepare(folder, uid)
    deadline = clock.monotonic() + timeout
    with _lock(folder) as lock:
        while not _try(lock):
            if (running := find_answering(folder, deadline - clock.monotonic())) is not None:
                return running
            if clock.monotonic() > deadline:
                raise Unavailable(f"{folder.name}: a process holds the lock but does not answer.")
            clock.sleep(_POLL)
        return _start(folder, lock, uid, argv, descriptors, groups, prefix, deadline)


@contextmanager
def _lock(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder / layout.LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)  # QEMU's inherited descriptor keeps the lock


def _try(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(
    folder: Path,
    lock: int,
    uid: int,
    argv: Sequence[str],
    descriptors: Iterable[int],
    groups: tuple[int, ...],
    prefix: Sequence[str],
    deadline: float,
) -> Running:
    log = folder / layout.LOG
    before = log.stat().st_size if log.exists() else 0
    layout.remove(folder, layout.QMP)
    lowered = [*prefix, *privileges.isolated(), *privileges.as_user(uid, groups), *argv]
    proc.find(argv[0])
    child = proc.spawn(
        ["sh", "-c", _BECOME, folder / layout.PID, *lowered],
        output=log,
        pass_fds=(lock, *descriptors),
        cwd=folder / layout.RUN,
    )
    running = Running(folder, child.pid, os.pidfd_open(child.pid))
    try:
        while child.poll() is None and clock.monotonic() < deadline:
            if layout.exists(folder, layout.QMP) and _answers(running, deadline):
                return running
            clock.sleep(_POLL)
        status = child.poll()
        kill(running)
        raise _failure(folder, argv, status, log.read_bytes()[before:].decode(errors="replace"))
    except BaseException:
        kill(running)
        running.close()
        raise


def _answers(running: Running, deadline: float) -> bool:
    """Whether QMP answers before the deadline, or the process ends first."""
    while clock.monotonic() < deadline and not has_ended(running):
        try:
            with qmp.connect(running.folder, timeout=2):
                return True
        except Unavailable:
            clock.sleep(_POLL)
    return False


def _failure(folder: Path, argv: Sequence[str], status: int | None, words: str) -> AmiableError:
    last = words.strip().splitlines()[-1] if words.strip() else "no message"
    if status is None:
        return Unavailable(f"{folder.name}: QEMU did not answer in time: {last}")
    if "No space left on device" in words:
        return DiskFull(f"{folder.name}: no room to start: {last}")
    if "lock" in words and "Is another process using the image" in words:
        return Conflict(f"{folder.name}: a disk is in use by another process: {last}")
    return ProgramFailed(list(argv[:1]), status, words)


def has_ended(running: Running) -> bool:
    """Whether the process has exited."""
    return bool(select.select([running.pidfd], [], [], 0)[0])


def wait_exit(running: Running, timeout: float) -> bool:
    """Wait up to `timeout` seconds for the exit; whether it came. Reaps the process if it is our child."""
    if not select.select([running.pidfd], [], [], max(timeout, 0))[0]:
        return False
    try:
        os.waitid(os.P_PIDFD, running.pidfd, os.WEXITED)
    except ChildProcessError:
        return True  # started by an earlier server; somebody else reaps it
    return True


def wait_any(watched: Sequence[Running], timeout: float | None) -> list[Running]:
    """Those of `watched` that have exited, as soon as one has, or none after `timeout` seconds."""
    with selectors.DefaultSelector() as selector:
        for running in watched:
            selector.register(running.pidfd, selectors.EVENT_READ, running)
        ended: list[Running] = [key.data for key, _ in selector.select(timeout)]
    for running in ended:
        wait_exit(running, 0)
    return ended


def kill(running: Running, timeout: float = 10) -> None:
    """SIGKILL, and wait for the end; harmless when it has ended. Raises Unavailable if it stays."""
    try:
        signal.pidfd_send_signal(running.pidfd, signal.SIGKILL)
    except ProcessLookupError:
        return
    if not wait_exit(running, timeout):
        raise Unavailable(f"{running.folder.name}: process {running.pid} does not die.")


def ended_in_order(folder: Path) -> bool:
    """For a folder whose process has ended: whether QEMU exited by itself (rather than crashed or killed)."""
    return not layout.exists(folder, layout.QMP)
