"""`amiable instance console --attach` in a real terminal, on a serial line where a program of ours stands."""

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.api.terminal import SETTING
from amiable.model.account_setting import choose
from amiable.model.database import Database
from amiable.model.instance import Instance
from tests.helpers.serial_line import SerialLine, serial_line
from tests.unit.cli.desk import Desk, set_image, set_instance


@pytest.fixture
def instance(server: Database, desk: Desk, tmp_path: Path) -> str:
    """An instance that runs, as rows."""
    (tmp_path / "base.raw").write_bytes(b"disk")
    (image,) = desk.json("image", "import", tmp_path / "base.raw", "--no-wait")
    set_image(server, image["ImageId"], "available")
    (made,) = desk.json("launch", image["ImageId"], "--no-wait")
    set_instance(server, made["InstanceId"], "running")
    return str(made["InstanceId"])


@pytest.fixture
def line(desk: Desk, instance: str) -> Iterator[SerialLine]:
    """The instance's serial line, which has printed a question to the terminal before."""
    with serial_line(desk.settings.machine_directory(instance), b"\x1b[6n\x1b[1mlogin:\x1b[0m ") as line:
        yield line


def allow(server: Database, instance_id: str) -> None:
    with server.write() as session:
        row = session.get_one(Instance, instance_id)
        choose(session, row.account_id, row.region, SETTING, {"enabled": True})


class Terminal:
    """A pseudo-terminal with the command in it."""

    def __init__(self, desk: Desk, instance_id: str) -> None:
        self.shown = b""
        self.side, inner = pty.openpty()
        environment = {name: value for name, value in desk.environment.items() if value is not None}
        program = Path(sys.executable).parent / "amiable"
        self.command = subprocess.Popen(
            [program, "instance", "console", instance_id, "--attach"],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={"PATH": os.environ["PATH"], **environment},
        )
        os.close(inner)

    def until(self, text: bytes) -> None:
        while text not in self.shown:
            piece = b""
            with contextlib.suppress(OSError):
                piece = os.read(self.side, 4096)
            assert piece, self.shown
            self.shown += piece

    def type(self, keys: bytes) -> None:
        os.write(self.side, keys)

    def end(self) -> int:
        status = self.command.wait(30)
        os.close(self.side)
        return status


def test_keys_go_to_the_machine_and_ctrl_bracket_leaves(
    server: Database, desk: Desk, instance: str, line: SerialLine
) -> None:
    allow(server, instance)
    terminal = Terminal(desk, instance)
    terminal.until(b"login: ")
    terminal.until(b"Ctrl-] leaves]")
    assert b"\x1b" not in terminal.shown
    terminal.type(b"root\r\x03")
    terminal.until(b"ROOT\r\x03")
    terminal.type(b"\x1d")
    terminal.until(b"Left.")
    assert terminal.end() == 0


def test_it_says_why_the_other_end_left(
    server: Database, desk: Desk, instance: str, line: SerialLine
) -> None:
    allow(server, instance)
    terminal = Terminal(desk, instance)
    terminal.until(b"Ctrl-] leaves]")
    line.end()
    terminal.until(b"The machine has ended.")
    assert terminal.end() == 0


def test_a_refusal_says_what_to_do(server: Database, desk: Desk, instance: str) -> None:
    terminal = Terminal(desk, instance)
    terminal.until(b"aws ec2 enable-serial-console-access")
    assert terminal.end() == 1
    assert "--follow" in desk.refused("instance", "console", instance, "--attach")
    assert "exclude" in desk.refused("instance", "console", instance, "--attach", "--follow")
