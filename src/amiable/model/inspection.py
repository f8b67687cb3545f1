"""Inspections: what was found inside images and snapshots, kept for the next who asks.

    pending ──► completed
       └──────► failed

The result is the JSON of docs/inspection.md. `key` names the content and the question: the same key has the
same result, whatever ids the content goes by meanwhile. Old ones are forgotten (model/retention.py).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from amiable.model.base import AccountId, Base, Id, Region, one_of

INSPECTION_KINDS = ("report", "diff")
INSPECTION_STATES = ("pending", "completed", "failed")


class Inspection(Base):
    """One question about one image or snapshot (`subject`), or about what differs in another (`other`).

    `disks`: lists `before` and `after` of [snapshot id, manifest digest]; a report has only `before`.
    `accepted_*`: who (an access key id) lets it be shared in spite of its findings, when and why.
    `summary`: counts for listings. `bytes_read`: of the store. `seconds`: how long it took.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        one_of("kind", INSPECTION_KINDS),
        one_of("state", INSPECTION_STATES),
        Index("ix_inspection_region_account_id_key", "region", "account_id", "key"),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(40))
    other: Mapped[str | None] = mapped_column(String(40))
    search_blocks: Mapped[bool] = mapped_column(default=False)
    disks: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="pending")
    state_message: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    bytes_read: Mapped[int | None] = mapped_column(BigInteger)
    seconds: Mapped[float | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None] = mapped_column(String(32))
    accepted_reason: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = deferred(mapped_column(Text))


def question_key(version: int, kind: str, search: bool, digests: Mapping[str, Sequence[str]]) -> str:
    """The key of a question about manifests, by side; `version` is that of the checks."""
    text = json.dumps([version, kind, search, digests], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def kept(session: Session, region: str, account_id: str, key: str) -> Inspection | None:
    """The account's newest inspection with that key that has not failed; an accepted one before others."""
    return session.scalar(
        select(Inspection)
        .where(
            Inspection.region == region,
            Inspection.account_id == account_id,
            Inspection.key == key,
            Inspection.state != "failed",
        )
        .order_by(Inspection.accepted_at.is_(None), Inspection.created_at.desc())
        .limit(1)
    )
