"""The task rows of stories: what a step notes on its task, and whether anybody still wants it."""

from sqlalchemy.orm import Session

from amiable.core import clock
from amiable.core.errors import Conflict
from amiable.flows.host import Host
from amiable.flows.story import Work
from amiable.model.task import Task


def check_active(work: Work[Host], session: Session) -> None:
    """Raises Conflict when the story's task was cancelled."""
    if session.get_one(Task, work.subject, populate_existing=True).state == "cancelled":
        raise Conflict(f"The task {work.subject} was cancelled.")


def note(work: Work[Host], message: str) -> None:
    """Say what is being done. Raises Conflict when the task was cancelled."""
    with work.transaction() as session:
        check_active(work, session)
        session.get_one(Task, work.subject).message = message


def end(session: Session, task_id: str, state: str, message: str | None = None) -> Task:
    """The task has ended, unless it had before: a cancelled one stays so. The row, locked."""
    task = session.get_one(Task, task_id, with_for_update=True)
    if task.state == "active":
        task.state, task.message, task.ended_at = state, message, clock.now()
        if state == "completed":
            task.progress = 100
    return task
