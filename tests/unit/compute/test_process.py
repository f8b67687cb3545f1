"""Starting, finding, losing and killing real QEMU processes (without a machine in them)."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.compute import argv, folder, process, qmp
from amiable.compute.process import Running
from amiable.core.errors import MissingPrerequisite, ProgramFailed, Unavailable
from tests.helpers.machines import UID

SERVER = [
    argv.PROGRAM,
    *("-machine", "none", "-accel", "tcg,tb-size=1", "-nodefaults", "-no-user-config", "-display", "none"),
    *("-sandbox", argv.SANDBOX),
    *("-chardev", "socket,id=qmp,path=qmp,server=on,wait=off", "-mon", "chardev=qmp,mode=control"),
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder for one process, below directories that only root may enter."""
    path = tmp_path / "process"
    yield path
    if (running := process.find(path)) is not None:
        with running:
            process.kill(running)


def start(home: Path) -> Running:
    return process.launch(home, UID, SERVER)


def status(pid: int) -> dict[str, str]:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (row.partition(":") for row in rows)}


def test_it_runs_as_its_own_user_without_powers(home: Path) -> None:
    with start(home) as running:
        facts = status(running.pid)
        assert facts["Uid"].split() == [str(UID)] * 4
        assert facts["Gid"].split() == [str(UID)] * 4
        assert facts["Groups"] == ""
        assert {facts[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
        assert facts["NoNewPrivs"] == "1"
        assert facts["Seccomp"] == "2"


def test_it_has_no_network(home: Path) -> None:
    with start(home) as running:
        inside = Path(f"/proc/{running.pid}/net/dev").read_text().splitlines()[2:]
        assert [row.split(":")[0].strip() for row in inside] == ["lo"]
        assert os.readlink(f"/proc/{running.pid}/ns/net") != os.readlink("/proc/self/ns/net")


def test_its_own_folder_is_closed_to_others_and_ours_to_it(home: Path) -> None:
    with start(home):
        run = (home / folder.RUN).stat()
        assert (run.st_uid, run.st_mode & 0o777) == (UID, 0o700)
        assert (home.stat().st_uid, home.stat().st_mode & 0o777) == (0, 0o700)


def test_starting_twice_gives_the_same_process(home: Path) -> None:
    with start(home) as first, start(home) as second:
        assert first.pid == second.pid


def test_starting_from_many_threads_gives_one_process(home: Path) -> None:
    found: list[int] = []

    def one() -> None:
        with start(home) as running:
            found.append(running.pid)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_nothing_is_found_where_nothing_was_started(home: Path) -> None:
    assert process.find(home) is None


def test_a_killed_process_is_gone_and_can_be_started_again(home: Path) -> None:
    with start(home) as first:
        process.kill(first)
        assert process.has_ended(first)
        assert process.find(home) is None
        assert not process.ended_in_order(home)
        process.kill(first)  # harmless
        with start(home) as second:
            assert second.pid != first.pid


def test_an_exit_in_order_can_be_told_from_a_crash(home: Path) -> None:
    with start(home) as running:
        with qmp.connect(home) as monitor:
            monitor.execute("quit")
        assert process.wait_exit(running, 10)
    assert process.ended_in_order(home)


def test_a_recycled_pid_is_never_taken_for_the_process(home: Path) -> None:
    with start(home) as running:
        process.kill(running)
    stranger = subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL)
    try:
        (home / folder.PID).write_text(f"{stranger.pid}\n")
        assert process.find(home) is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", ["", "\n", "x", "0", "-1", "1", "99999999999"])
def test_a_nonsensical_pid_is_no_process(home: Path, text: str) -> None:
    folder.prepare(home, UID)
    (home / folder.LOCK).touch()
    (home / folder.PID).write_text(text)
    assert process.find(home) is None


def test_it_survives_the_one_who_started_it(home: Path) -> None:
    script = f"""
        from pathlib import Path
        from amiable.compute import process
        process.launch(Path({str(home)!r}), {UID}, {SERVER!r})
        print("started", flush=True)
        import time; time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        parent.kill()
    with start(home) as again:
        assert status(again.pid)["PPid"] != str(os.getpid())
        with qmp.connect(home) as monitor:
            assert monitor.execute("query-status")["status"] == "running"


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08])
def test_a_starter_that_is_killed_at_any_moment_leaves_one_process_or_none(home: Path, delay: float) -> None:
    """Whatever the killed starter left, the next start ends with exactly one process."""
    script = f"""
        from pathlib import Path
        from amiable.compute import process
        print("go", flush=True)
        process.launch(Path({str(home)!r}), {UID}, {SERVER!r})
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        time.sleep(delay)
        parent.kill()
    with start(home) as running:
        mine = [entry for entry in Path("/proc").glob("[0-9]*") if _uses(entry, home / folder.RUN)]
        assert [int(entry.name) for entry in mine] == [running.pid]


def _uses(entry: Path, directory: Path) -> bool:
    try:
        return (entry / "cwd").readlink() == directory
    except OSError:
        return False


def test_exits_are_noticed_whoever_started_them(tmp_path: Path) -> None:
    homes = [tmp_path / "a", tmp_path / "b"]
    running = [start(path) for path in homes]
    try:
        assert process.wait_any(running, 0) == []
        os.kill(running[1].pid, signal.SIGKILL)
        assert process.wait_any(running, 10) == [running[1]]
    finally:
        for one in running:
            process.kill(one)
            one.close()


def test_the_last_words_of_a_qemu_that_fails_are_in_the_error(home: Path) -> None:
    with pytest.raises(ProgramFailed, match="no-such-thing"):
        process.launch(home, UID, [*SERVER, "-device", "no-such-thing"])
    assert process.find(home) is None


def test_a_qemu_that_does_not_answer_is_ended(home: Path) -> None:
    with pytest.raises(Unavailable):
        process.launch(home, UID, [argv.PROGRAM, "-machine", "none", "-display", "none", "-S"], timeout=1)
    assert process.find(home) is None
    start(home).close()


def test_a_missing_program_is_named(home: Path) -> None:
    with pytest.raises(MissingPrerequisite, match="qemu-system-nothing"):
        process.launch(home, UID, ["qemu-system-nothing"])
