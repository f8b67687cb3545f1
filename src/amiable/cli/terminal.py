"""A terminal on an instance's serial console: `amiable instance console --attach`.

    presigned URL ─► socket ─► this terminal raw: keys → socket, socket → screen ─► Ctrl-], or the other end

Protocol: web/terminal.py. What the machine printed before is shown as text: its questions to a terminal
were asked long ago, and the answers would be typed at its prompt.
"""

import contextlib
import json
import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Iterator

import click
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from amiable.cli.client import presigned
from amiable.cli.console import readable
from amiable.core.errors import InvalidInput, Unavailable

LEAVE = b"\x1d"
"""Ctrl-], as in telnet and virsh."""


def run(instance_id: str) -> None:
    """Be the instance's terminal until one side leaves. Raises InvalidInput, Unavailable."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput("--attach needs a terminal. To read only: --follow")
    url = presigned(f"/console-terminal/{instance_id}", 30)
    try:
        link = connect(url.replace("http", "ws", 1))
    except (InvalidHandshake, OSError) as failed:
        raise Unavailable(f"The console of {instance_id} cannot be opened: {failed}") from failed
    with link:
        why = _talk(instance_id, link)
    click.echo(f"\n{why}")


def _talk(instance_id: str, link: ClientConnection) -> str:
    """Why it ended."""
    try:
        before = link.recv()
    except ConnectionClosed as gone:
        raise Unavailable(f"The server closed the console of {instance_id}: {gone}") from gone
    if isinstance(before, str):
        raise Unavailable(_sentence(before))
    intro = f"{readable(before.decode(errors='replace'))}\n[{instance_id}: Ctrl-] leaves]\n"
    ended, end = os.pipe()
    said: list[str] = []

    def show() -> None:
        with contextlib.suppress(ConnectionClosed):
            for piece in link:
                if isinstance(piece, str):
                    said.append(_sentence(piece))
                else:
                    _write(piece)
        os.close(end)

    screen = threading.Thread(target=show)
    try:
        with _raw(sys.stdin.fileno()), contextlib.suppress(ConnectionClosed):
            _write(intro.replace("\n", "\r\n").encode())
            screen.start()
            while ended not in select.select([sys.stdin, ended], [], [])[0]:
                read = os.read(sys.stdin.fileno(), 4096)
                keys, left, _ = read.partition(LEAVE)
                link.send(keys)
                if left or not read:
                    return "Left."
    finally:
        link.close()
        screen.join()
        os.close(ended)
    return said[0] if said else "The connection has ended."


def _write(piece: bytes) -> None:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _sentence(text: str) -> str:
    why = json.loads(text)
    return f"{why['Code']}: {why['Message']}"


@contextlib.contextmanager
def _raw(terminal: int) -> Iterator[None]:
    """Every key as it is, Ctrl-C too."""
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
