"""What root does in a folder that an unprivileged process owns: never more than it means to."""

import os
import socket
import threading
from pathlib import Path

import pytest

from amiable.compute import console, folder
from amiable.core.errors import NotFound, Unavailable
from tests.helpers.machines import UID


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / ("deep" * 30) / "machine"  # longer than a unix socket's address
    folder.prepare(path, UID)
    return path


def listen(home: Path, name: str, uid: int) -> socket.socket:
    """A server on `run/<name>` whose peer credentials say `uid` (a thread that changed its own)."""
    server = socket.socket(socket.AF_UNIX)
    run = os.open(home / folder.RUN, os.O_PATH)
    server.bind(f"/proc/self/fd/{run}/{name}")
    os.close(run)
    thread = threading.Thread(target=_listen_as, args=(server, uid))
    thread.start()
    thread.join()
    return server


def _listen_as(server: socket.socket, uid: int) -> None:
    import ctypes  # noqa: PLC0415

    ctypes.CDLL(None, use_errno=True).syscall(117, -1, uid, -1)  # setresuid, of this thread alone
    server.listen(1)


def test_a_socket_with_a_long_path_is_reached(home: Path) -> None:
    with listen(home, "qmp", UID), folder.connect(home, "qmp", 1) as link:
        assert link.gettimeout() == 1


def test_a_socket_of_someone_else_is_not_the_machine(home: Path) -> None:
    with listen(home, "qmp", 0), pytest.raises(Unavailable, match="uid 0"):
        folder.connect(home, "qmp", 1)


def test_nobody_listening_is_unavailable(home: Path) -> None:
    with pytest.raises(Unavailable):
        folder.connect(home, "qmp", 1)
    listen(home, "qmp", UID).close()
    with pytest.raises(Unavailable):
        folder.connect(home, "qmp", 1)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        folder.connect(tmp_path, "qmp", 1)


def test_the_end_of_the_console(home: Path) -> None:
    assert console.tail(home) == b""
    text = b"".join(b"line %d\n" % number for number in range(20_000))
    (home / "run" / "console.log").write_bytes(text)
    assert console.tail(home) == text[-65536:]
    assert console.tail(home, 10) == text[-10:]


def test_a_link_in_place_of_the_console_is_not_followed(home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the host")
    (home / "run" / "console.log").symlink_to(secret)
    assert console.tail(home) == b""
    (home / "run" / "console.log").unlink()
    os.mkfifo(home / "run" / "console.log")
    assert console.tail(home) == b""


def test_a_link_in_place_of_the_whole_directory_is_not_followed(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "console.log").write_text("of the host")
    (home / "run").rmdir()
    (home / "run").symlink_to(elsewhere)
    with pytest.raises((NotFound, OSError)):
        folder.open_file(home, "console.log")


def test_a_talkative_guest_does_not_fill_the_disk(home: Path) -> None:
    path = home / "run" / "console.log"
    text = b"x" * 1000 + os.urandom(4 << 20)
    path.write_bytes(text)
    console.trim(home)
    assert path.stat().st_size == len(text)
    assert path.stat().st_blocks * 512 < 2 << 20
    assert console.tail(home) == text[-65536:]
    console.trim(home)  # harmless


def test_removing_a_link_leaves_its_target(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("stays")
    (home / "run" / "qmp").symlink_to(target)
    folder.remove(home, "qmp")
    folder.remove(home, "qmp")
    assert target.read_text() == "stays"
    assert not folder.exists(home, "qmp")
