"""What an action gets: the guest, the time left, where lines go; and how it says that it failed."""

import re
import shlex
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from amiable.builder.guest import Guest, Line, Stream, TimedOut
from amiable.core import clock

REBOOT_STATUS = 194
DIRECTORY = "/tmp"  # noqa: S108
"""The working directory on the guest when nobody says another: AWS's."""
LONGEST_KEPT = 2_000
"""Characters of each of the last lines, which failures tell."""
MOST_OUTPUT = 1_000_000
"""Characters of standard output that are kept as an output; the log has all."""


Reach = Callable[[int], str]
"""Lets a TCP port of the guest in, as far as that is its owner's to do, and tells the address to ask."""


class StepFailed(Exception):
    """An action failed. `lines` are the last that it wrote."""

    def __init__(self, message: str, lines: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.lines = list(lines)


class Reboot(Exception):
    """Start the machine anew; then run the step again, or go on behind it."""

    def __init__(self, *, again: bool, delay: float = 0) -> None:
        super().__init__()
        self.again = again
        self.delay = delay


class Objects(Protocol):
    """An object store, as S3Download and S3Upload need it. Raises NotFound, Unavailable, InvalidInput."""

    def names(self, bucket: str, prefix: str) -> Iterator[str]:
        """The keys that begin so."""
        ...

    def get(self, bucket: str, key: str) -> Iterator[bytes]:
        """An object's content."""
        ...

    def put(self, bucket: str, key: str, content: Iterable[bytes]) -> None:
        """Write an object."""
        ...


@dataclass(frozen=True)
class Call:
    """One call of an action. `ends` is when its step must have ended, in seconds since 1970."""

    guest: Guest
    objects: Objects | None
    log: Line
    directory: str = DIRECTORY
    ends: float | None = None
    reach: Reach | None = None
    last: deque[str] = field(default_factory=lambda: deque(maxlen=20))

    def run(self, script: str, *, shell: str = "sh") -> tuple[int, str]:
        """Exit status and standard output of a script; lines go to the log as they come."""
        kept: list[str] = []
        room = MOST_OUTPUT

        def line(stream: Stream, text: str) -> None:
            nonlocal room
            text = text.replace("\0", "\ufffd")  # no database takes it
            self.log(stream, text)
            self.last.append(text[:LONGEST_KEPT])
            if stream == "stdout" and room > 0:
                kept.append(text[:room])
                room -= len(text) + 1

        try:
            status = self.guest.run(script, line, shell=shell, seconds=self.left())
        except TimedOut as late:
            raise StepFailed("The step passed its timeout and was ended.", self.last) from late
        return status, "\n".join(kept)

    def left(self) -> float | None:
        """Seconds until the step must have ended. Raises StepFailed when it is too late."""
        if self.ends is None:
            return None
        seconds = self.ends - clock.now().timestamp()
        if seconds <= 0:
            raise StepFailed("The step passed its timeout.", self.last)
        return seconds

    def must(self, script: str, what: str) -> str:
        """Standard output of a script that must succeed. Raises StepFailed."""
        status, output = self.run(script)
        if status != 0:
            reason = f": {self.last[-1]}" if self.last else f" (exit status {status})"
            raise StepFailed(f"{what}{reason}", self.last)
        return output


WILD = re.compile(r"[*?\[\]]")
"""A wildcard."""


def quoted(path: object) -> str:
    """A path as one word of a shell; one that begins with - is no option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


def globbed(path: object) -> str:
    """A path as words of a shell: its * ? [ ] are wildcards, all else is itself."""
    text = str(path)
    text = f"./{text}" if text.startswith("-") else text
    return re.sub(r"[^*?\[\]]+", lambda plain: shlex.quote(plain[0]), text)
