"""Ask about disks: start the inspection process, serve its reads, take its answer, end it in any case.

The process is `python -m amiable.inspection`; what it may do is in sandbox.py and docs/inspection.md. Errors
of the disks (a store that fails) pass through; whatever is wrong with the process is Unreadable.
"""

import json
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amiable.core import clock, proc
from amiable.core.errors import AmiableError, ProgramFailed
from amiable.inspection.channel import (
    ANSWER,
    HEADER,
    LENGTH,
    MOST_ANSWER,
    MOST_AT_ONCE,
    READ,
    READY,
    HungUp,
    receive,
)
from amiable.inspection.window import Disk

if TYPE_CHECKING:
    from subprocess import Popen  # noqa: TID251 - the type only: core.proc starts it

_ENDING_SECONDS = 10.0


class Unreadable(AmiableError):
    """The image brought its reader down, or kept it busy for too long. The message says how."""


def ask(
    disks: Sequence[Disk],
    question: str,
    parameters: dict[str, Any],
    *,
    uid: int,
    work: Path,
    cpu_seconds: int = 120,
    deadline_seconds: float = 600,
) -> dict[str, Any]:
    """The answer to one of the questions in questions.py about these disks.

    `uid`: who the process runs as; `work`: a folder for its log and empty root. Raises Unreadable,
    ProgramFailed when the process could not even begin, and what the disks raise.
    """
    work.mkdir(mode=0o711, parents=True, exist_ok=True)
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryDirectory(dir=work, prefix="inspection-") as folder, ours:
        log = Path(folder) / "log"
        root = Path(folder) / "root"
        root.mkdir(mode=0o555)
        with theirs:
            words = [sys.executable, "-I", "-m", "amiable.inspection", str(theirs.fileno()), str(root)]
            process = proc.spawn(words, output=log, pass_fds=[theirs.fileno()], env={})
        started = False
        try:
            request = {
                "sizes": [disk.size for disk in disks],
                "ask": question,
                "with": parameters,
                "uid": uid,
                "cpu_seconds": cpu_seconds,
            }
            ends = clock.monotonic() + deadline_seconds
            _begin(ours, json.dumps(request).encode(), ends)
            started = True
            return _serve(ours, disks, ends)
        except TimeoutError as late:
            raise Unreadable(f"The reader had no answer after {deadline_seconds:.0f} s.") from late
        except (HungUp, ConnectionError, ValueError, RecursionError) as ended:
            ours.close()
            status = _status(process)
            if not started:  # nothing of the image was read yet
                raise ProgramFailed(words, status, log.read_text(errors="replace")) from ended
            raise Unreadable(_ending(status, cpu_seconds, log)) from ended
        finally:
            process.kill()
            process.wait()


def _begin(channel: socket.socket, request: bytes, ends: float) -> None:
    """Send the question and wait until the process has given up its power. Raises TimeoutError, HungUp."""
    channel.settimeout(_left(ends))
    channel.sendall(LENGTH.pack(len(request)) + request)
    if HEADER.unpack(receive(channel, HEADER.size))[0] != READY:
        raise HungUp


def _serve(channel: socket.socket, disks: Sequence[Disk], ends: float) -> dict[str, Any]:
    """Serve reads until the answer comes.

    Raises TimeoutError, HungUp, and ValueError or RecursionError for an answer that is no JSON.
    """
    while True:
        channel.settimeout(_left(ends))
        kind, number, offset, length = HEADER.unpack(receive(channel, HEADER.size))
        if kind == ANSWER and length <= MOST_ANSWER:
            answer = json.loads(receive(channel, length))
            if not isinstance(answer, dict):
                raise HungUp
            return answer
        if kind != READ or number >= len(disks) or length > MOST_AT_ONCE:
            raise HungUp
        data = disks[number].read_at(offset, length)
        if len(data) != length:
            raise HungUp  # it asked past the end
        channel.sendall(data)


def _left(ends: float) -> float:
    left = ends - clock.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _status(process: "Popen[bytes]") -> int | None:
    """How the process ended; None when it does not end by itself."""
    ends = clock.monotonic() + _ENDING_SECONDS
    while (status := process.poll()) is None and clock.monotonic() < ends:
        clock.sleep(0.02)
    return status


def _ending(status: int | None, cpu_seconds: int, log: Path) -> str:
    said = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    if status is None:
        return "The reader broke off and did not end."
    if status == -signal.SIGXCPU:
        return f"The reader used more than {cpu_seconds} s of processor time."
    if status < 0:
        return f"The reader crashed ({signal.Signals(-status).name})."
    return f"The reader failed: {said[-1] if said else f'status {status}'}"
