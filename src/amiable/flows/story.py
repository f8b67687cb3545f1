"""What a story is: named steps in order, each idempotent, and a way to end badly.

A step gets its `Work` and returns what comes next:

    Goto("step")   save, then that step
    Wait(seconds)  save, then this step again, later
    Done()         the story ends well

A step may be killed at any line and is then run again from its first: it must be harmless twice. What a
step learns and later steps need goes into `work.state` (JSON), saved together with the transition.
Rows are changed inside `work.transaction()`, which is fenced: it raises Lost when another worker has
taken the flow over. Nothing long happens inside a transaction.

Errors: Unavailable is retried with growing pauses; any other error of our tree runs the story's
`failed` with the reason, and the flow ends as `failed`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from amiable.model.database import Database, epoch_now
from amiable.model.flow import Flow

H = TypeVar("H")


class Lost(Exception):
    """Another worker has taken this flow over; whatever this one was doing no longer counts."""


@dataclass(frozen=True)
class Goto:
    """Go on at another step."""

    step: str


@dataclass(frozen=True)
class Wait:
    """Run this step again after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Done:
    """The story ends well."""


Next = Goto | Wait | Done


@dataclass
class Work(Generic[H]):
    """One claim of one flow: what a step works with. `host` is what this host offers to steps."""

    number: int
    kind: str
    subject: str
    epoch: int
    host: H
    database: Database
    lease_seconds: float
    state: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A write transaction that only the holder of the flow can commit. Raises Lost."""
        with self.database.write() as session:
            self.fence(session)
            yield session

    def fence(self, session: Session) -> None:
        """Renew the lease inside a transaction; raises Lost when the epoch has moved on."""
        renewed = session.execute(
            update(Flow)
            .where(Flow.number == self.number, Flow.epoch == self.epoch, Flow.outcome.is_(None))
            .values(lease_until=epoch_now() + self.lease_seconds)
            .execution_options(synchronize_session=False)
        )
        if renewed.rowcount != 1:  # type: ignore[attr-defined]
            raise Lost(self.number)


Step = Callable[[Work[H]], Next]


@dataclass(frozen=True)
class Story(Generic[H]):
    """A kind of flow. `steps` in the order of the life story; the first one begins it.

    `failed(work, reason)` leaves nothing half-done; it too may run twice.
    """

    kind: str
    steps: Mapping[str, Step[H]]
    failed: Callable[[Work[H], str], None]

    @property
    def first(self) -> str:
        """The name of the first step."""
        return next(iter(self.steps))


def story(kind: str, *steps: Step[H], failed: Callable[[Work[H], str], None]) -> Story[H]:
    """A story whose steps are named after their functions."""
    return Story(kind, {step.__name__: step for step in steps}, failed)
