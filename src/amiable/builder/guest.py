"""What a machine offers to be built on: scripts, files, a reboot. It needs sh, and bash for ExecuteBash.

Everything runs as root. A guest is hostile: what it says is bounded by whoever offers this.
"""

import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol

Stream = Literal["stdout", "stderr"]
Line = Callable[[Stream, str], None]
"""Told each line as it is written, without its end."""

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


def asked(guest: Guest, script: str) -> tuple[int, str]:
    """Exit status and standard output of a short script."""
    lines: list[str] = []

    def line(stream: Stream, text: str) -> None:
        if stream == "stdout":
            lines.append(text)

    status = guest.run(script, line, seconds=60)
    return status, "\n".join(lines)


class GuestFacts:
    """What conditions ask (`document.condition.Facts`)."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest

    def _true(self, script: str) -> bool:
        return asked(self._guest, script)[0] == 0

    def binary_exists(self, name: str) -> bool:
        """Whether a program of that name is in root's PATH."""
        return self._true(f"command -v -- {shlex.quote(name)}")

    def file_exists(self, path: str) -> bool:
        """Whether there is a file that is no folder."""
        return self._true(f"test -e {shlex.quote(path)} && test ! -d {shlex.quote(path)}")

    def folder_exists(self, path: str) -> bool:
        """Whether there is a folder."""
        return self._true(f"test -d {shlex.quote(path)}")

    def checksum(self, algorithm: str, path: str) -> str | None:
        """The checksum of a file in hexadecimal digits, None where there is none."""
        status, text = asked(self._guest, f"{CHECKSUM_PROGRAMS[algorithm]} < {shlex.quote(path)}")
        return text.split()[0] if status == 0 and text else None
