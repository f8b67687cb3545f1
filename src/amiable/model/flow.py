"""Flows: the durable stories under way. One row is one story; `flows/engine.py` carries it.

Rows of one `subject` (usually an instance or image id) run one after the other, in the order of their
numbers. `host` is set for work that only one host can do. Times are seconds of the database's clock.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Index, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import clock
from amiable.model.base import Base, one_of
from amiable.model.database import epoch_now


class Flow(Base):
    """One story under way or ended. `outcome` is NULL until it ends."""

    __tablename__ = "flow"
    __table_args__ = (
        one_of("outcome", ("done", "failed")),
        Index("ix_flow_due", "outcome", "run_at"),
        Index("ix_flow_subject_outcome", "subject", "outcome"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    host: Mapped[str | None] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(String(40))
    state: Mapped[dict[str, Any]]
    run_at: Mapped[float] = mapped_column(Float)
    owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[float] = mapped_column(Float, default=0.0)
    epoch: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(String(8))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


def enqueue(session: Session, kind: str, subject: str, *, host: str | None = None, **state: Any) -> Flow:
    """Add a story to the transaction that makes it necessary; it starts at its first step."""
    flow = Flow(
        kind=kind,
        subject=subject,
        host=host,
        step="",
        state=state,
        run_at=session.scalar(select(epoch_now())) or 0.0,
        created_at=clock.now(),
    )
    session.add(flow)
    session.flush()
    session.info["enqueued"] = True
    return flow


def unfinished(session: Session, subject: str) -> int:
    """How many stories of a subject have not ended."""
    return (
        session.scalar(
            select(func.count()).select_from(Flow).where(Flow.subject == subject, Flow.outcome.is_(None))
        )
        or 0
    )
