"""The guest agent: freeze and thaw file systems, ask whether it is there. Never relied on.

The agent is the guest's own program behind a virtio-serial port: it may be missing, slow or hostile. So every
exchange starts with guest-sync-delimited (which also skips old answers), has a deadline, and is bounded in
size. https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from amiable.compute import folder as layout
from amiable.compute import qmp
from amiable.core import clock
from amiable.core.errors import Conflict, Unavailable

_PORT = "agent"  # the chardev of argv.py
_MAX_ANSWER = 1 << 20


class Agent:
    """A conversation with the agent of one machine; each exchange takes at most `timeout` seconds."""

    def __init__(self, folder: Path, timeout: float) -> None:
        """Connect and synchronise. Raises Unavailable when no agent answers in time."""
        self._name = folder.name
        self._timeout = timeout
        self._deadline = clock.monotonic() + timeout
        self._link = layout.connect(folder, layout.AGENT, timeout)
        self._buffer = b""
        try:
            self._synchronise()
        except BaseException:
            self._link.close()
            raise

    def _synchronise(self) -> None:
        token = secrets.randbelow(1 << 31)
        self._send(b"\xff", "guest-sync-delimited", {"id": token})
        while True:
            self._until(b"\xff")
            if _parse(self._until(b"\n")).get("return") == token:
                return

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run an agent command; its answer. Raises Conflict (refused), Unavailable (no answer in time)."""
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        self._deadline = clock.monotonic() + self._timeout
        self._send(b"", command, named)
        answer = _parse(self._until(b"\n"))
        if "return" in answer:
            return answer["return"]
        raise Conflict(f"{self._name}: the guest agent refuses {command}: {str(answer.get('error'))[:300]}")

    @contextmanager
    def frozen(self) -> Iterator[int]:
        """All file systems of the guest are frozen in the block (how many), and thawed whatever happens.

        Raises Conflict (the agent refuses), Unavailable (no answer in time: the guest may be frozen).
        """
        try:
            yield int(self.execute("guest-fsfreeze-freeze"))
        finally:
            self.execute("guest-fsfreeze-thaw")

    def _send(self, prefix: bytes, command: str, arguments: dict[str, Any]) -> None:
        words = json.dumps({"execute": command, "arguments": arguments}).encode()
        self._limited(lambda: self._link.sendall(prefix + words + b"\n"))

    def _until(self, mark: bytes) -> bytes:
        """What comes before `mark`, which is dropped."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _MAX_ANSWER:
                raise Unavailable(f"{self._name}: the guest agent does not stop talking.")
            more = self._limited(lambda: self._link.recv(65536))
            if not more:
                raise Unavailable(f"{self._name}: QEMU closed the guest agent's line.")
            self._buffer += more
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    def _limited(self, step: Any) -> Any:
        left = self._deadline - clock.monotonic()
        try:
            self._link.settimeout(max(left, 0.001))
            return step()
        except TimeoutError as late:
            raise Unavailable(f"{self._name}: the guest agent did not answer in time.") from late
        except OSError as failed:
            raise Unavailable(f"{self._name}: the guest agent's line broke ({failed}).") from failed

    def close(self) -> None:
        """Hang up."""
        self._link.close()

    def __enter__(self) -> "Agent":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _parse(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}  # the rest of an old answer; the next one may fit
    return answer if isinstance(answer, dict) else {}


def listens(monitor: qmp.Monitor) -> bool:
    """Whether a program in the guest has opened the agent's port: says at once that it is worth asking."""
    return any(row["label"] == _PORT and row["frontend-open"] for row in monitor.execute("query-chardev"))


def ping(folder: Path, timeout: float = 5) -> bool:
    """Whether an agent answers within `timeout` seconds."""
    try:
        with Agent(folder, timeout):
            return True
    except Unavailable:
        return False


def thaw(folder: Path, timeout: float) -> bool:
    """Thaw all file systems; harmless when none is frozen. Whether the agent confirmed it."""
    try:
        with Agent(folder, timeout) as agent:
            agent.execute("guest-fsfreeze-thaw")
            return True
    except (Conflict, Unavailable):
        return False
