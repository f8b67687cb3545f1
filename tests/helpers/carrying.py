"""A story carried by hand: its steps one after the other, on real rows, without threads."""

from typing import Any

from sqlalchemy import select

from amiable.flows.story import Goto, Next, Story, Work
from amiable.model.database import Database
from amiable.model.flow import Flow


def carry(database: Database, story: Story[Any], host: Any, subject: str, *, steps: int = 100) -> Next:
    """Run the story of a subject until it waits or ends; how it left off. Ended flows are noted as done."""
    with database.read() as session:
        query = select(Flow).where(Flow.subject == subject, Flow.kind == story.kind, Flow.outcome.is_(None))
        flow = session.scalars(query).one()
    work = Work(flow.number, flow.kind, subject, flow.epoch, host, database, 15.0, dict(flow.state))
    step = flow.step or story.first
    following: Next = Goto(step)
    for _ in range(steps):
        if not isinstance(following, Goto):
            break
        step = following.step
        following = story.steps[step](work)
    if isinstance(following, Goto):
        step = following.step
    ended = not hasattr(following, "seconds") and not isinstance(following, Goto)
    with database.write() as session:
        row = session.get_one(Flow, flow.number)
        row.step, row.state, row.outcome = step, dict(work.state), "done" if ended else None
    return following
