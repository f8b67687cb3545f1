"""A program in a terminal of its own, and somebody who types."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Sequence


def typed(
    words: Sequence[str], environment: dict[str, str], *turns: tuple[str, str], within: float = 120
) -> tuple[int, str]:
    """Run a program; `turns` are (what it must have shown since, the line to type then).

    Exit status and all that was shown. AssertionError when something does not come within so many seconds.
    """
    ours, its = pty.openpty()
    words = ["setsid", "--ctty", *words]  # it is the terminal of the program, not only its input and output
    process = subprocess.Popen(words, env=environment, stdin=its, stdout=its, stderr=its)
    os.close(its)
    shown, seen, deadline, waiting = "", 0, time.monotonic() + within, list(turns)
    try:
        while piece := _read(ours, deadline):
            shown += piece
            while waiting and (found := shown.find(waiting[0][0], seen)) >= 0:
                seen = found + len(waiting[0][0])
                os.write(ours, f"{waiting.pop(0)[1]}\n".encode())
        assert time.monotonic() < deadline, f"it still runs, and has shown: {shown}"
        assert not waiting, f"{waiting[0][0]!r} never came: {shown}"
        return process.wait(10), shown
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait()


def _read(descriptor: int, deadline: float) -> str:
    """What comes next; nothing at the end of the program, or of the time."""
    ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
    try:
        return os.read(descriptor, 4096).decode(errors="replace") if ready else ""
    except OSError:  # the last program that had the terminal has ended
        return ""
