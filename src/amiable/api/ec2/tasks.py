"""What all tasks share: their row, and their listing."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.owned import Listed, listed, select_owned
from amiable.api.table import Shape
from amiable.api.tags import apply
from amiable.core import ids
from amiable.model.matching import glob
from amiable.model.task import Task

IMPORT_STATES = {"active": "active", "completed": "completed", "failed": "deleted", "cancelled": "deleted"}
"""Ours → AWS's, of imports and exports of images."""


def add_task(
    call: Call,
    kind: str,
    prefix: str,
    subject: str | None,
    detail: dict[str, Any],
    tags: Mapping[str, str] | None = None,
) -> Task:
    """A new task. Its tags' resource type is the kind's: `import-image` → `import-image-task`."""
    task = Task(
        id=ids.new_id(prefix),
        region=call.region,
        account_id=call.account_id,
        kind=kind,
        message="pending",
        subject=subject,
        detail=detail,
        created_at=call.now,
    )
    call.session.add(task)
    apply(call, task.id, f"{kind}-task", tags)
    return task


def state_filter(words: Mapping[str, str]) -> filters.Filter:
    """A filter by AWS's words for states."""
    return lambda value: Task.state.in_(
        [ours for ours, word in words.items() if fnmatchcase(word, glob(value))]
    )


def listed_tasks(
    call: Call, operation: str, request: Shape, kind: str, prefix: str, ids_member: str
) -> Listed:
    """The caller's tasks of a kind, by ids and filters."""
    query = select_owned(call, Task).where(Task.kind == kind)
    rows = {"task-state": state_filter(IMPORT_STATES)}
    return listed(call, operation, request, query, Task.id, prefix, ids_member, rows, smallest=1)


def progress_shape(task: Task, progress: int) -> Shape:
    """Status, and how far it is while it is under way, or why it failed."""
    shape: Shape = {"Status": IMPORT_STATES[task.state]}
    if task.state == "active":
        shape |= {"Progress": str(progress), "StatusMessage": task.message or "pending"}
    elif task.state != "completed":
        shape["StatusMessage"] = task.message or task.state
    return shape
