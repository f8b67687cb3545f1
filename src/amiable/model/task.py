"""Tasks: long work that AWS gives an id and a status of its own (import, export, store, restore, reports).

    active ──► completed
       ├─────► failed
       └─────► cancelled

What a task makes (an image, a snapshot) has its own row; the story that does the work changes both. States
are ours; each operation prints AWS's word for them. Old tasks are forgotten (model/retention.py).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from amiable.model.base import AccountId, Base, Id, Region, one_of

TASK_STATES = ("active", "completed", "failed", "cancelled")


class Task(Base):
    """One task. `kind` is the operation's; `progress` in per cent.

    `subject` is the resource that it reads or makes; `detail` what the request said and the answer needs.
    """

    __tablename__ = "task"
    __table_args__ = (
        one_of("state", TASK_STATES),
        Index("ix_task_region_account_id_kind", "region", "account_id", "kind"),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="active")
    progress: Mapped[int] = mapped_column(default=0)
    message: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(String(40), index=True)
    detail: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
