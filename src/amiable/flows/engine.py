"""The loop that carries flows: claim, run a step, save, again; until done or failed.

    enqueued ──claim──► running step ──Goto──► running step … ──Done──► outcome done
                 ▲          │ │ └─error of the tree──► step `failed` ──► outcome failed
                 │          │ └─Wait / Unavailable──► due later
                 └──────────┴─worker dies: the lease ends, another worker claims (epoch + 1)

Why it is safe: a claim raises the row's epoch and sets a lease on the database's clock; a heartbeat
thread renews the leases of steps under way; every write by a step is fenced by the epoch. So at most one
worker's writes count at any time, and a dead worker's flow goes on after one lease. A flow with a host is
claimed only there. Flows of one subject run one after the other.

A new flow is noticed at once in the process that enqueued it (`wake`), elsewhere by polling.
"""

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from amiable.core import clock
from amiable.core.errors import AmiableError, Unavailable
from amiable.core.log import logger
from amiable.flows.story import Done, Goto, Lost, Next, Story, Wait, Work
from amiable.model.database import Database, epoch_now
from amiable.model.flow import Flow

log = logger(__name__)
H = TypeVar("H")

FAILED = "failed"
MAX_PASSING_TRIES = 12
MAX_UNEXPECTED_TRIES = 3


def backoff(tries: int) -> float:
    """Seconds to pause after the nth try: 0.5, 1, 2, … up to a minute, a little at random."""
    return float(min(60.0, 0.5 * 2 ** min(tries, 10)) * random.uniform(0.8, 1.2))  # noqa: S311


class Engine(Generic[H]):
    """Runs the stories of one host, and no others: a host may have several engines.

    `observe(event)` is told `kind.step:begin` and `kind.step:end`.
    """

    def __init__(
        self,
        database: Database,
        stories: Mapping[str, Story[H]],
        host: H,
        *,
        host_name: str,
        workers: int = 8,
        lease_seconds: float = 15.0,
        poll_seconds: float = 0.5,
        observe: Callable[[str], None] = lambda event: None,
    ) -> None:
        self._database = database
        self._stories = stories
        self._host = host
        self._host_name = host_name
        self._name = f"{host_name}/{random.getrandbits(48):012x}"
        self._workers = workers
        self._lease = lease_seconds
        self._poll = poll_seconds
        self._observe = observe
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._free = threading.Semaphore(workers)
        self._running: dict[int, int] = {}
        self._guard = threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="flow")
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to claim flows.

        One server works for a host at a time (`app.py` holds a lock), so the leases that a former one
        left are free at once.
        """
        with self._database.write() as session:
            session.execute(
                update(Flow)
                .where(
                    Flow.outcome.is_(None),
                    Flow.kind.in_(self._stories),
                    Flow.owner.startswith(f"{self._host_name}/"),
                )
                .values(lease_until=0.0, epoch=Flow.epoch + 1)
            )
        for target in (self._loop, self._heartbeat):
            thread = threading.Thread(target=target, name=f"engine-{target.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Claim nothing more, finish the steps under way, and return."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown(wait=True)

    def wake(self) -> None:
        """Look for due flows now: call after the transaction that enqueued one has committed."""
        self._wake.set()

    def _loop(self) -> None:
        while not self._stop.is_set():
            slots = 0
            while slots < self._workers and self._free.acquire(blocking=False):
                slots += 1
            try:
                claimed = self._claim(slots) if slots else []
            except SQLAlchemyError:
                log.exception("the state database does not answer; trying again")
                claimed = []
            for _ in range(slots - len(claimed)):
                self._free.release()
            for work, step, tries in claimed:
                self._pool.submit(self._carry, work, step, tries)
            if not claimed:
                self._wake.wait(self._poll * random.uniform(0.9, 1.1))  # noqa: S311
                self._wake.clear()

    def _claim(self, limit: int) -> list[tuple[Work[H], str, int]]:
        """Take due flows: the oldest unfinished of each subject, free or with an ended lease."""
        earlier = aliased(Flow)
        due = (
            select(Flow.number)
            .where(
                Flow.outcome.is_(None),
                Flow.kind.in_(self._stories),
                Flow.run_at <= epoch_now(),
                Flow.lease_until < epoch_now(),
                or_(Flow.host.is_(None), Flow.host == self._host_name),
                ~exists().where(
                    earlier.subject == Flow.subject,
                    earlier.outcome.is_(None),
                    earlier.number < Flow.number,
                ),
            )
            .order_by(Flow.run_at)
            .limit(limit)
        )
        with self._database.read() as session:
            if session.scalar(due.limit(1)) is None:
                return []
        with self._database.write() as session:
            numbers = list(session.scalars(due.with_for_update(skip_locked=True, of=Flow)))
            if not numbers:
                return []
            rows = session.scalars(
                update(Flow)
                .where(Flow.number.in_(numbers))
                .values(
                    owner=self._name,
                    lease_until=epoch_now() + self._lease,
                    epoch=Flow.epoch + 1,
                    tries=Flow.tries + 1,
                )
                .returning(Flow)
                .execution_options(synchronize_session=False)
            ).all()
        return [
            (
                Work(
                    number=row.number,
                    kind=row.kind,
                    subject=row.subject,
                    epoch=row.epoch,
                    host=self._host,
                    database=self._database,
                    lease_seconds=self._lease,
                    state=dict(row.state),
                ),
                row.step or self._stories[row.kind].first,
                row.tries,
            )
            for row in rows
        ]

    def _carry(self, work: Work[H], step: str, tries: int) -> None:
        """Run steps until the flow waits, ends or is lost."""
        with self._guard:
            self._running[work.number] = work.epoch
        try:
            while not self._stop.is_set():
                following = self._run(work, step, tries)
                if not isinstance(following, Goto):
                    return
                step, tries = following.step, 1
            self._save(work, step=step, lease_until=0.0, owner=None)
        except Lost:
            log.warning("flow %d (%s %s) was taken over", work.number, work.kind, work.subject)
        except Exception:
            # The state database failed under us. The lease ends by itself and the step runs again.
            log.exception("flow %d (%s %s) could not be saved", work.number, work.kind, work.subject)
        finally:
            with self._guard:
                self._running.pop(work.number, None)
            self._free.release()
            self._wake.set()

    def _run(self, work: Work[H], step: str, tries: int) -> Next:
        """Run one step and save what it said."""
        self._observe(f"{work.kind}.{step}:begin")
        trouble = True
        try:
            if step == FAILED:
                self._stories[work.kind].failed(work, str(work.state["reason"]))
                following: Next = Done()
            else:
                following = self._stories[work.kind].steps[step](work)
            trouble = False
        except Lost:
            raise
        except Unavailable as passing:
            log.warning("%s %s, step %s, try %d: %s", work.kind, work.subject, step, tries, passing)
            following = self._again(work, str(passing), tries, MAX_PASSING_TRIES, step)
        except AmiableError as wrong:
            log.error("%s %s, step %s: %s", work.kind, work.subject, step, wrong)
            following = self._again(work, str(wrong), tries, 0, step)
        except Exception as unexpected:
            log.exception("%s %s, step %s", work.kind, work.subject, step)
            reason = f"Internal error: {unexpected!r}"
            following = self._again(work, reason, tries, MAX_UNEXPECTED_TRIES, step)
        self._observe(f"{work.kind}.{step}:end")
        match following:
            case Goto(step=name):
                self._save(work, step=name, state=dict(work.state), tries=1)
            case Wait(seconds=seconds):
                self._save(
                    work,
                    step=step,
                    state=dict(work.state),
                    run_at=epoch_now() + seconds,
                    tries=tries if trouble else 0,
                    lease_until=0.0,
                    owner=None,
                )
            case Done():
                outcome = "failed" if step == FAILED else "done"
                self._save(
                    work,
                    step=step,
                    outcome=outcome,
                    error=work.state.get("reason"),
                    finished_at=clock.now(),
                    lease_until=0.0,
                    owner=None,
                )
        return following

    def _again(self, work: Work[H], reason: str, tries: int, limit: int, step: str) -> Next:
        """Try the step again later, or end the story as failed. A `failed` step is tried for ever."""
        if step == FAILED or tries < limit:
            return Wait(backoff(tries))
        work.state["reason"] = reason
        work.state["failed_step"] = step
        return Goto(FAILED)

    def _save(self, work: Work[H], **values: object) -> None:
        """Write the transition, fenced. Raises Lost."""
        with work.transaction() as session:
            session.execute(
                update(Flow)
                .where(Flow.number == work.number)
                .values(**values)
                .execution_options(synchronize_session=False)
            )

    def _heartbeat(self) -> None:
        """Renew the leases of the steps under way, at a third of their length."""
        while not self._stop.wait(self._lease / 3):
            with self._guard:
                running = dict(self._running)
            if not running:
                continue
            try:
                with self._database.write() as session:
                    for number, epoch in running.items():
                        session.execute(
                            update(Flow)
                            .where(Flow.number == number, Flow.epoch == epoch, Flow.outcome.is_(None))
                            .values(lease_until=epoch_now() + self._lease)
                            .execution_options(synchronize_session=False)
                        )
            except SQLAlchemyError:
                log.exception("the heartbeat could not be written")
