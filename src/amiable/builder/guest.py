"""What a machine offers to be built on: scripts, files, a reboot. It needs sh, and bash for ExecuteBash.

Everything runs as root. A guest is hostile: what it says is bounded by whoever offers this.
"""

import posixpath
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol

from amiable.core.errors import InvalidInput

Stream = Literal["stdout", "stderr"]
Line = Callable[[Stream, str], None]
"""Told each line as it is written, without its end."""

MOST_ANSWER = 100
"""Lines of an answer that are kept."""
CHECKSUM_PROGRAMS = {"md5": "md5sum", "sha1": "sha1sum", "sha256": "sha256sum", "sha512": "sha512sum"}


class TimedOut(Exception):
    """A script ran past its deadline and was ended."""


class Guest(Protocol):
    """A machine. All of it raises Unavailable when the machine does not answer."""

    def run(self, script: str, line: Line, *, shell: str = "sh", seconds: float | None = None) -> int:
        """Run a script to its end; its exit status. Raises TimedOut after `seconds`."""
        ...

    def store(self, path: str, content: Iterable[bytes]) -> None:
        """Write a file in place of what is there, readable by root alone if it is new."""
        ...

    def fetch(self, path: str) -> Iterator[bytes]:
        """A file's content. Raises NotFound."""
        ...

    def boot_id(self) -> str:
        """A name of the time since the last start of the kernel."""
        ...

    def reboot(self, delay: float = 0) -> None:
        """Start the machine anew, and return once it answers again."""
        ...


def quiet(stream: Stream, text: str) -> None:
    """A `Line` that nobody reads."""


def content_of(guest: Guest, path: str, most: int) -> bytes:
    """A file's whole content. Raises NotFound, and InvalidInput for one that has more bytes than `most`."""
    kept = bytearray()
    for piece in guest.fetch(path):
        kept += piece
        if len(kept) > most:
            raise InvalidInput(f"{path} is larger than {most:,} bytes.")
    return bytes(kept)


def asked(guest: Guest, script: str, seconds: float | None = 60) -> tuple[int, str]:
    """Exit status and standard output (its first lines) of a short script. Raises TimedOut."""
    lines: list[str] = []

    def line(stream: Stream, text: str) -> None:
        if stream == "stdout" and len(lines) < MOST_ANSWER:
            lines.append(text)

    status = guest.run(script, line, seconds=seconds)
    return status, "\n".join(lines)


class GuestFacts:
    """What conditions ask (`document.condition.Facts`), paths below a directory; all raise TimedOut.

    `left` tells the seconds that an answer may take.
    """

    def __init__(self, guest: Guest, directory: str, left: Callable[[], float | None]) -> None:
        self._guest = guest
        self._directory = directory
        self._left = left

    def _asked(self, script: str) -> tuple[int, str]:
        return asked(self._guest, script, self._left())

    def _true(self, script: str) -> bool:
        return self._asked(script)[0] == 0

    def _path(self, path: str) -> str:
        return shlex.quote(posixpath.join(self._directory, path) if path else "")

    def binary_exists(self, name: str) -> bool:
        """Whether a program of that name is in root's PATH."""
        return self._true(f"command -v -- {shlex.quote(name)}")

    def file_exists(self, path: str) -> bool:
        """Whether there is a file that is no folder."""
        return self._true(f"test -e {self._path(path)} && test ! -d {self._path(path)}")

    def folder_exists(self, path: str) -> bool:
        """Whether there is a folder."""
        return self._true(f"test -d {self._path(path)}")

    def checksum(self, algorithm: str, path: str) -> str | None:
        """The checksum of a file in hexadecimal digits, None where there is none."""
        status, text = self._asked(f"{CHECKSUM_PROGRAMS[algorithm]} < {self._path(path)}")
        return text.split()[0] if status == 0 and text else None
