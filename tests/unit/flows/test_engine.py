"""The engine: order, retries, failure, fencing, hosts, take-over after death."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, update

from amiable.core.errors import Conflict, Unavailable
from amiable.flows.engine import Engine
from amiable.flows.story import Done, Goto, Lost, Next, Story, Wait, Work, story
from amiable.model.database import Database, epoch_now
from amiable.model.flow import Flow, enqueue


class Diary:
    """What the test's host offers to steps: a place to note what ran, and doors to wait at."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.door = threading.Event()


def note_failure(work: Work[Diary], reason: str) -> None:
    work.host.lines.append(f"failed: {reason}")


@contextmanager
def engine(database: Database, story: Story[Diary], **options: Any) -> Iterator[tuple[Engine[Diary], Diary]]:
    diary = options.pop("diary", None) or Diary()
    settings: dict[str, Any] = {"host_name": "h", "lease_seconds": 1.0, "poll_seconds": 0.05, **options}
    running = Engine(database, {story.kind: story}, diary, **settings)
    running.start()
    try:
        yield running, diary
    finally:
        diary.door.set()
        running.stop()


def ended(database: Database, number: int, within: float = 10) -> Flow:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        with database.read() as session:
            flow = session.get_one(Flow, number)
        if flow.outcome:
            return flow
        time.sleep(0.02)
    raise AssertionError(f"flow {number} did not end: step {flow.step}, error {flow.error}")


def add(database: Database, kind: str, subject: str = "x-1", **options: Any) -> int:
    with database.write() as session:
        return enqueue(session, kind, subject, **options).number


def eventually(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_steps_run_in_order_and_pass_state_on(database: Database) -> None:
    def first(work: Work[Diary]) -> Next:
        work.state["seen"] = work.state["given"] + 1
        return Goto("second")

    def second(work: Work[Diary]) -> Next:
        work.host.lines.append(f"saw {work.state['seen']}")
        return Done()

    with engine(database, story("tale", first, second, failed=note_failure)) as (_, diary):
        flow = ended(database, add(database, "tale", given=1))
    assert (flow.outcome, diary.lines) == ("done", ["saw 2"])


def test_passing_trouble_is_retried_and_a_wait_does_not_count_as_trouble(database: Database) -> None:
    def step(work: Work[Diary]) -> Next:
        work.host.lines.append("try")
        if len(work.host.lines) < 15:
            return Wait(0)
        if len(work.host.lines) == 15:
            raise Unavailable("not now")
        return Done()

    with engine(database, story("tale", step, failed=note_failure)) as (_, diary):
        assert ended(database, add(database, "tale")).outcome == "done"
    assert diary.lines == ["try"] * 16


def test_an_error_ends_in_the_failed_step_with_its_reason(database: Database) -> None:
    def step(work: Work[Diary]) -> Next:
        raise Conflict("the disk is upside down")

    with engine(database, story("tale", step, failed=note_failure)) as (_, diary):
        flow = ended(database, add(database, "tale"))
    assert (flow.outcome, flow.error) == ("failed", "the disk is upside down")
    assert diary.lines == ["failed: the disk is upside down"]


def test_a_bug_in_a_step_is_retried_then_fails_with_a_reason(database: Database) -> None:
    def step(work: Work[Diary]) -> Next:
        work.host.lines.append("try")
        raise ZeroDivisionError

    with engine(database, story("tale", step, failed=note_failure)) as (_, diary):
        flow = ended(database, add(database, "tale"), within=20)
    assert flow.outcome == "failed"
    assert "ZeroDivisionError" in (flow.error or "")
    assert diary.lines.count("try") == 3


def test_flows_of_one_subject_run_one_after_the_other(database: Database) -> None:
    def step(work: Work[Diary]) -> Next:
        work.host.lines.append(f"in {work.state['name']}")
        time.sleep(0.1)
        work.host.lines.append(f"out {work.state['name']}")
        return Done()

    with engine(database, story("tale", step, failed=note_failure)) as (_, diary):
        numbers = [add(database, "tale", name=name) for name in "abc"]
        for number in numbers:
            ended(database, number)
    assert diary.lines == ["in a", "out a", "in b", "out b", "in c", "out c"]


def test_a_flow_of_another_host_is_left_alone(database: Database) -> None:
    def step(work: Work[Diary]) -> Next:
        work.host.lines.append("ran")
        return Done()

    tale = story("tale", step, failed=note_failure)
    number = add(database, "tale", host="far")
    with engine(database, tale) as (_, diary):
        time.sleep(0.3)
        assert diary.lines == []
    with engine(database, tale, host_name="far") as (_, diary):
        ended(database, number)
    assert diary.lines == ["ran"]


def test_a_long_step_keeps_its_lease_by_heartbeat(database: Database) -> None:
    def step(work: Work[Diary]) -> Next:
        work.host.lines.append("ran")
        time.sleep(2.5)
        return Done()

    tale = story("tale", step, failed=note_failure)
    diary = Diary()
    with engine(database, tale, diary=diary), engine(database, tale, diary=diary, host_name="other"):
        assert ended(database, add(database, "tale")).outcome == "done"
    assert diary.lines == ["ran"]


def test_a_worker_that_lost_its_flow_can_not_write(database: Database) -> None:
    entered = threading.Event()
    lost: list[bool] = []

    def step(work: Work[Diary]) -> Next:
        if not entered.is_set():
            entered.set()
            work.host.door.wait()
            with pytest.raises(Lost), work.transaction():
                raise AssertionError("the fence let a lost worker in")
            lost.append(True)
        work.host.lines.append("ran")
        return Done()

    tale = story("tale", step, failed=note_failure)
    number = add(database, "tale")
    with engine(database, tale) as (_, diary):
        entered.wait(5)
        with database.write() as session:  # as if this worker had been silent for longer than its lease
            session.execute(
                update(Flow).where(Flow.number == number).values(lease_until=0.0, epoch=Flow.epoch + 1)
            )
        flow = ended(database, number)
        diary.door.set()
        eventually(lambda: bool(lost))
    assert flow.outcome == "done"
    assert diary.lines == ["ran", "ran"]


def test_a_restarted_host_takes_its_own_flows_back_at_once(database: Database) -> None:
    def step(work: Work[Diary]) -> Next:
        return Done()

    number = add(database, "tale")
    with database.write() as session:
        session.execute(
            update(Flow)
            .where(Flow.number == number)
            .values(owner="h/dead", lease_until=epoch_now() + 1000, epoch=4)
        )
    with engine(database, story("tale", step, failed=note_failure)):
        assert ended(database, number).epoch > 4


def test_enqueueing_shares_the_transaction(database: Database) -> None:
    def change_of_heart() -> None:
        with database.write() as session:
            enqueue(session, "tale", "x-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_of_heart()
    with database.read() as session:
        assert session.scalar(select(Flow.number)) is None
