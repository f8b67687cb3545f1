"""QMP, QEMU's control protocol, as plain synchronous calls on top of qemu.qmp.

A QMP socket serves one client at a time: connect, do one thing, close. Whoever else connects meanwhile waits
for the greeting, so holding a connection is also holding the machine's control. qemu.qmp is asynchronous;
each connection here runs a private event loop in the calling thread (which must not run one itself).
https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html
"""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from qemu.qmp import ConnectError, ExecInterruptedError, ExecuteError, QMPClient, QMPError

from amiable.compute import folder as layout
from amiable.core import clock
from amiable.core.errors import AmiableError, Conflict, NotFound, Unavailable

_T = TypeVar("_T")
logging.getLogger("qemu.qmp").setLevel(logging.CRITICAL)  # it logs what it also raises


class Monitor:
    """An open control connection; use it in a `with`. Not for several threads at once."""

    def __init__(self, folder: Path, timeout: float) -> None:
        """Connect within `timeout` seconds. Raises Unavailable."""
        self._name = folder.name
        self._timeout = timeout
        self._client = QMPClient(self._name)
        deadline = clock.monotonic() + timeout
        link = layout.connect(folder, layout.QMP, timeout)
        link.setblocking(False)
        self._loop = asyncio.Runner()
        try:
            self._wait(self._client.connect(link), deadline - clock.monotonic())
        except BaseException:
            link.close()
            self._loop.close()
            raise

    def _wait(self, work: Coroutine[Any, Any, _T], seconds: float) -> _T:
        async def bounded() -> _T:
            return await asyncio.wait_for(work, max(seconds, 0.01))

        try:
            return self._loop.run(bounded())
        except ExecuteError as refused:
            raise _refusal(self._name, refused) from refused
        except TimeoutError as late:
            raise Unavailable(f"{self._name}: QEMU did not answer on QMP in {seconds:.0f} s.") from late
        except (ConnectError, ExecInterruptedError, QMPError, OSError, EOFError) as lost:
            raise Unavailable(f"{self._name}: the QMP connection broke ({lost}).") from lost

    def execute(self, command: str, /, **arguments: Any) -> Any:
        """Run a command and return its answer. Underscores in argument names stand for dashes.

        Raises NotFound (no such device or node), Conflict (QEMU refuses, its reason inside),
        Unavailable (no answer in time, or QEMU is gone).
        """
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        return self._wait(self._client.execute(command, named or None), self._timeout)

    def add_descriptor(self, descriptor: int, use: str) -> int:
        """Give QEMU a copy of an open file; the number N by which it opens it, as `/dev/fdset/N`.

        `use` is what QEMU shows for it (`opaque` of query-fdsets). The caller closes its own.
        Raises Conflict, Unavailable.
        """
        self._wait(self._send(descriptor), self._timeout)
        return int(self.execute("add-fd", opaque=use)["fdset-id"])

    def name_descriptor(self, descriptor: int, name: str) -> None:
        """Give QEMU a copy of an open file under a name, for one use. The caller closes its own.

        Raises Conflict, Unavailable.
        """
        self._wait(self._send(descriptor), self._timeout)
        self.execute("getfd", fdname=name)

    async def _send(self, descriptor: int) -> None:
        self._client.send_fd_scm(descriptor)

    def close(self) -> None:
        """Hang up."""
        try:
            self._wait(self._client.disconnect(), 5)
        except Unavailable:
            return  # QEMU hung up first
        finally:
            self._loop.close()

    def __enter__(self) -> "Monitor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refusal(name: str, refused: ExecuteError) -> AmiableError:
    reason = str(refused)
    if refused.error_class in ("DeviceNotFound", "CommandNotFound"):
        return NotFound(f"{name}: {reason}")
    return Conflict(f"{name}: QEMU refuses: {reason}")


def connect(folder: Path, timeout: float = 30) -> Monitor:
    """The control connection of the machine in `folder`. Raises Unavailable, NotFound."""
    return Monitor(folder, timeout)
