"""`python -m tests.helpers.forking`: starts servers that can be killed, without importing all anew each time.

It has imported the server and waits; for each line on its standard input it forks, the child becomes the
server of `tests.helpers.crashing`, and its process id is the answer. Importing takes two seconds of a core,
and the tests that kill the server start it two hundred times.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.helpers import crashing


class Forked:
    """A server so started: what `subprocess.Popen` offers of it (it is no child of ours, so by pidfd)."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def poll(self) -> int | None:
        """None while it runs."""
        return 0 if self._ends_within(0) else None

    def wait(self, timeout: float | None = None) -> None:
        """Raises subprocess.TimeoutExpired when it still runs after so many seconds."""
        if not self._ends_within(timeout):
            raise subprocess.TimeoutExpired(f"server {self.pid}", timeout or 0)

    def kill(self) -> None:
        """kill -9; returns when it has ended."""
        self.send_signal(signal.SIGKILL)
        self.wait(10)

    def send_signal(self, number: signal.Signals) -> None:
        if self._descriptor is not None and not self._ends_within(0):
            signal.pidfd_send_signal(self._descriptor, number)

    def _ends_within(self, seconds: float | None) -> bool:
        if self._descriptor is None:
            return True
        ended, _, _ = select.select([self._descriptor], [], [], seconds)
        if ended:
            os.close(self._descriptor)
            self._descriptor = None
        return bool(ended)


class ForkServer:
    """The process that forks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self) -> Forked:
        """One more server."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))


@contextlib.contextmanager
def fork_server(environment: dict[str, str], log: Path) -> Iterator[ForkServer]:
    """One whose servers have that environment and log; it ends with the block, they do not."""
    with (
        log.open("ab") as sink,
        subprocess.Popen(
            [sys.executable, "-m", __name__],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as process,
    ):
        yield ForkServer(process)


def main() -> None:
    """Fork for each line; children that end are forgotten at once."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin.readline():
        if pid := os.fork():
            print(pid, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with Path(os.devnull).open() as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        crashing.main()
        return


if __name__ == "__main__":
    main()
