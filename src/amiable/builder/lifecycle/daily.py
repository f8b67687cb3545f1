"""Lifecycle policies run once a day: each run is an execution with a story of its own.

The first run comes an hour after a policy was made or changed, so that there is time to see what is wrong
with it. The note of a run and its execution are one transaction on the locked row.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from amiable.core import clock, ids
from amiable.core.log import logger
from amiable.model.builder_resource import BuilderResource
from amiable.model.database import Database
from amiable.model.flow import enqueue
from amiable.model.image_build import LifecycleExecution

log = logger(__name__)
KIND = "lifecycle-policy"
RAN = "ranAt"
"""In a policy's data: when it ran last."""
DAY = timedelta(days=1)
FIRST = timedelta(hours=1)
OPEN = ("PENDING", "IN_PROGRESS", "CANCELLING")


def run_due(database: Database) -> None:
    """Start an execution of each policy that is due."""
    with database.read() as session:
        arns = [row.arn for row in session.scalars(_enabled()) if _due(row, clock.now())]
    for arn in arns:
        _run(database, arn)


def _enabled() -> Select[BuilderResource]:
    return select(BuilderResource).where(BuilderResource.kind == KIND, BuilderResource.state == "ENABLED")


def last_run(row: BuilderResource) -> datetime | None:
    """When a policy ran last."""
    noted = row.data.get(RAN)
    return datetime.fromisoformat(noted) if noted else None


def _due(row: BuilderResource, now: datetime) -> bool:
    last = last_run(row)
    return now >= row.updated_at + FIRST and (last is None or now >= last + DAY)


def _run(database: Database, arn: str) -> None:
    with database.write() as session:
        row = session.scalar(_enabled().where(BuilderResource.arn == arn).with_for_update())
        now = clock.now()
        if row is None or not _due(row, now) or under_way(session, arn):
            return
        row.data = {**row.data, RAN: now.isoformat()}
        request = {key: row.data[key] for key in ("policyDetails", "resourceSelection")}
        execution = begin(session, row.account_id, row.region, arn, request)
        log.info("%s: %s begins", arn, execution.id)


def under_way(session: Session, arn: str) -> bool:
    """Whether an execution for a policy or build has not ended."""
    query = select(LifecycleExecution.id).where(
        LifecycleExecution.subject_arn == arn, LifecycleExecution.state.in_(OPEN)
    )
    return session.scalar(query.limit(1)) is not None


def begin(
    session: Session, account_id: str, region: str, arn: str, request: dict[str, object]
) -> LifecycleExecution:
    """A new execution and its story."""
    execution = LifecycleExecution(
        id=f"lce-{ids.new_uuid()}",
        region=region,
        account_id=account_id,
        subject_arn=arn,
        request=request,
        resources=[],
        started_at=clock.now(),
    )
    session.add(execution)
    session.flush()
    enqueue(session, "lifecycle", execution.id)
    return execution
