"""This machine as a guest: scripts run here, files lie where they say. A reboot only changes the boot id."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from amiable.builder.guest import Line, Stream, TimedOut
from amiable.core.errors import NotFound


class LocalGuest:
    """`amiable.builder.guest.Guest` on the machine that the tests run on."""

    def __init__(self) -> None:
        self.boots = 1

    def run(self, script: str, line: Line, *, shell: str = "sh", seconds: float | None = None) -> int:
        process = subprocess.Popen(
            [shell, "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        streams: list[tuple[Stream, IO[bytes] | None]] = [
            ("stdout", process.stdout),
            ("stderr", process.stderr),
        ]
        readers = [threading.Thread(target=_tell, args=(stream, name, line)) for name, stream in streams]
        for reader in readers:
            reader.start()
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise TimedOut from late
        finally:
            for reader in readers:
                reader.join()
        return status

    def store(self, path: str, content: Iterable[bytes]) -> None:
        try:
            with Path(path).open("wb") as file:
                for piece in content:
                    file.write(piece)
        except OSError as full:
            raise NotFound(f"{path} cannot be written") from full

    def fetch(self, path: str) -> Iterator[bytes]:
        try:
            with Path(path).open("rb") as file:
                while piece := file.read(1 << 18):
                    yield piece
        except OSError as missing:
            raise NotFound(f"{path} cannot be read") from missing

    def boot_id(self) -> str:
        return str(self.boots)

    def reboot(self, delay: float = 0) -> None:
        self.boots += 1


def _tell(stream: IO[bytes], name: Stream, line: Line) -> None:
    with stream:
        for text in stream:
            line(name, text.decode(errors="replace").rstrip("\r\n"))
