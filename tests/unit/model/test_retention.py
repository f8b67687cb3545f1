"""Old rows go, young and unfinished ones stay."""

from datetime import timedelta

from sqlalchemy import func, select, update

from amiable.core import clock
from amiable.model.client_token import ClientToken, keep_token
from amiable.model.database import Database
from amiable.model.flow import Flow, enqueue
from amiable.model.image_build import LifecycleExecution
from amiable.model.retention import forget


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_ended_flows_go_after_a_month(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        for subject in ("old", "young", "unfinished"):
            enqueue(session, "tale", subject)
        old, young = now - timedelta(days=31), now - timedelta(days=29)
        for subject, ended in (("old", old), ("young", young)):
            session.execute(
                update(Flow).where(Flow.subject == subject).values(outcome="done", finished_at=ended)
            )
    with database.write() as session:
        forget(session, now)
    with database.read() as session:
        assert set(session.scalars(select(Flow.subject))) == {"young", "unfinished"}


def test_client_tokens_go_after_two_days(database: Database) -> None:
    with database.write() as session:
        keep_token(session, "1" * 12, "us-east-1", "RunInstances", "token", {}, "r-1")
    for days, left in ((1, 1), (3, 0)):
        with database.write() as session:
            forget(session, clock.now() + timedelta(days=days))
        assert count(database, ClientToken) == left


def test_runs_of_policies_go_after_90_days_but_the_last_of_each(database: Database) -> None:
    now = clock.now()
    runs = {
        "first": ("daily", 92, 92),
        "second": ("daily", 91, 91),
        "ended-late": ("daily", 91, 89),
        "last": ("daily", 1, 1),
        "disabled-since": ("disabled", 200, 200),
        "before-it": ("disabled", 201, 201),
        "under-way": ("slow", 101, None),
        "after-it": ("slow", 100, 100),
    }
    with database.write() as session:
        for name, (policy, started, ended) in runs.items():
            session.add(
                LifecycleExecution(
                    id=f"lce-{name}",
                    region="us-east-1",
                    account_id="1" * 12,
                    subject_arn=policy,
                    request={},
                    resources=[],
                    state="PENDING" if ended is None else "SUCCESS",
                    started_at=now - timedelta(days=started),
                    ended_at=None if ended is None else now - timedelta(days=ended),
                )
            )
    with database.write() as session:
        forget(session, now)
    with database.read() as session:
        left = {run.removeprefix("lce-") for run in session.scalars(select(LifecycleExecution.id))}
    assert left == {"ended-late", "last", "disabled-since", "under-way", "after-it"}
