"""The last look of ./check: it must see what a run leaves, and end only what the run started."""

import secrets
import subprocess
import threading
import time

import pytest

from tools.check import leftovers


@pytest.fixture
def mark():
    return secrets.token_hex(8)


@pytest.fixture
def sleeper():
    """Starts a program that sleeps, with the given environment; ends it afterwards."""
    started = []

    def start(**environment):
        started.append(subprocess.Popen(["sleep", "60"], env=environment, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_marked_process_is_named(mark, sleeper):
    before = leftovers.look(mark)
    process = sleeper(**{leftovers.MARK: mark})
    assert f"process {process.pid}: sleep 60" in leftovers.left(before, mark, patience=0)


def test_somebody_elses_process_is_not(mark, sleeper):
    process = sleeper(**{leftovers.MARK: secrets.token_hex(8)})
    assert not any(f" {process.pid}:" in sentence for sentence in leftovers.look(mark))


def test_what_goes_away_in_time_is_forgiven(mark, sleeper):
    before = leftovers.look(mark)
    process = sleeper(**{leftovers.MARK: mark})
    threading.Timer(0.5, process.kill).start()
    named = leftovers.left(before, mark, patience=20)
    assert not any(f" {process.pid}:" in sentence for sentence in named)


def test_only_marked_processes_are_ended(mark, sleeper):
    ours, theirs = sleeper(**{leftovers.MARK: mark}), sleeper()
    leftovers.end_processes(mark)
    assert ours.wait(10) == -9
    time.sleep(0.1)
    assert theirs.poll() is None


def test_network_and_mounts_are_seen(mark):
    name = f"left{secrets.token_hex(3)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        assert f"network namespace {name}" in leftovers.look(mark)
        subprocess.run(["ip", "link", "add", name, "type", "bridge"], check=True)
        assert f"network link {name}" in leftovers.look(mark)
    finally:
        subprocess.run(["ip", "link", "del", name], check=False)
        subprocess.run(["ip", "netns", "del", name], check=True)
    assert not any(name in sentence for sentence in leftovers.look(mark))
