"""The inspection process: what it may not do, and what becomes of its end."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amiable.core.errors import Corrupt
from amiable.inspection.session import Unreadable, ask
from tests.helpers import file_systems as made
from tests.helpers.file_systems import FileDisk

UID = 750000
NOW = {"now": datetime(2026, 11, 26, tzinfo=UTC).isoformat()}


@pytest.fixture
def disk(tmp_path: Path) -> FileDisk:
    folder = made.write(tmp_path / "root", {"etc/os-release": "ID=debian\nVERSION_ID=9\n"})
    return FileDisk(made.ext(tmp_path / "disk", folder))


def test_a_report_comes_out_of_the_sandbox(disk: FileDisk, tmp_path: Path) -> None:
    work = tmp_path / "work"
    report = ask([disk], "report", NOW | {"data": [disk.data()]}, uid=UID, work=work)
    assert report["os"]["id"] == "debian"
    assert "end-of-support" in {row["check"] for row in report["findings"]}
    assert list(work.iterdir()) == []


def test_the_sandbox_holds_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    attempts = f"""
import os, socket
from amiable.inspection import sandbox
sandbox.enter({str(tmp_path)!r}, {UID}, 5)
assert os.listdir('/') == [], os.listdir('/')
assert os.getresuid() == ({UID},) * 3 and os.getgroups() == []
def refused(call, *words):
    try: call(*words)
    except OSError: return
    raise SystemExit(f'{{call}} worked')
refused(open, '/file', 'w')
refused(os.fork)
refused(os.setuid, 0)
refused(os.chroot, '/')
refused(socket.socket().connect, ('127.0.0.1', 22))
try: bytearray(3 << 30)
except MemoryError: pass
else: raise SystemExit('memory')
print('held')
"""
    done = subprocess.run([sys.executable, "-c", attempts], capture_output=True, text=True)
    assert done.stdout == "held\n", done.stderr


def test_a_crash_is_said(disk: FileDisk, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"The reader failed: KeyError"):
        ask([disk], "nonsense", {}, uid=UID, work=tmp_path)


def test_a_deadline_is_kept(disk: FileDisk, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no answer after 0 s"):
        ask([disk], "report", NOW, uid=UID, work=tmp_path, deadline_seconds=0.05)


def test_a_failing_store_is_no_fault_of_the_image(tmp_path: Path) -> None:
    class Broken:
        size = 1 << 30

        def read_at(self, offset: int, length: int) -> bytes:
            raise Corrupt("chunk abc", "its hash is another")

    with pytest.raises(Corrupt, match="chunk abc"):
        ask([Broken()], "report", NOW, uid=UID, work=tmp_path)


def test_the_server_loads_no_reader() -> None:
    """What parses a stranger's bytes in C is loaded by the inspection process only."""
    script = "import sys, amiable.app; print([name for name in sys.modules if "
    script += "name in ('pyfsext', 'pyfsfat', 'pyfsxfs', 'pyvsgpt', 'pyvslvm')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_reader_that_breaks_the_rules_is_ended(disk: FileDisk, tmp_path: Path) -> None:
    """A reader that an image has taken over may ask for anything: bytes past the end end it."""

    class Short:
        size = disk.size

        def read_at(self, offset: int, length: int) -> bytes:
            return disk.read_at(offset, length)[1:]

    with pytest.raises(Unreadable, match="The reader "):
        ask([Short()], "report", NOW, uid=UID, work=tmp_path)
    assert not [each for each in tmp_path.iterdir() if each.name.startswith("inspection-")]
