"""A machine's folder with a serial line, and a program at it in place of QEMU: it says back what it hears."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from amiable.compute import folder as layout


@dataclass
class SerialLine:
    """What stands at the line. As QEMU, it serves one at a time."""

    link: socket.socket | None = None
    heard: bytearray = field(default_factory=bytearray)
    joined: threading.Event = field(default_factory=threading.Event)

    def _joined(self) -> socket.socket:
        assert self.joined.wait(10)
        assert self.link is not None
        return self.link

    def print(self, text: bytes) -> None:
        """The machine prints this. Raises OSError when the other side goes."""
        self._joined().sendall(text)

    def end(self) -> None:
        """The machine ends."""
        self._joined().shutdown(socket.SHUT_RDWR)

    def serve(self, listener: socket.socket) -> None:
        """Answer in capitals until the listener is closed."""
        while True:
            try:
                self.link = listener.accept()[0]
            except OSError:
                return
            self.joined.set()
            with self.link, contextlib.suppress(OSError):
                while piece := self.link.recv(4096):
                    self.heard += piece
                    self.link.sendall(piece.upper())
            self.joined.clear()


@contextlib.contextmanager
def serial_line(folder: Path, said: bytes) -> Iterator[SerialLine]:
    """The line of the machine in that folder, which has `said` something before."""
    layout.prepare(folder, os.geteuid())
    run = folder / layout.RUN
    (run / layout.CONSOLE_LOG).write_bytes(said)
    line = SerialLine()
    inside = os.open(run, os.O_PATH)  # the whole path may be too long for a socket's address
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{inside}/{layout.CONSOLE}")
        os.close(inside)
        listener.listen(5)
        thread = threading.Thread(target=line.serve, args=[listener])
        thread.start()
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            if line.link is not None:
                with contextlib.suppress(OSError):
                    line.link.shutdown(socket.SHUT_RDWR)
            thread.join()
