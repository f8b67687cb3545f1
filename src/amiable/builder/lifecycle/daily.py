"""Lifecycle policies run once a day, and once they were made or changed.

Each run is an execution with a story of its own. It shows its plan for an hour before it acts, so that there
is time to see what is wrong with it and to cancel it; a change of the policy cancels it too. The note of a
run and its execution are one transaction on the locked row.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from amiable.builder.lifecycle.plan import KEEP_USED
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
NOTICE = timedelta(hours=1)
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
    return last is None or row.updated_at > last or now >= last + DAY


def changed(session: Session, execution: LifecycleExecution) -> bool:
    """Whether an execution is of a policy that says something else since, or nothing any more."""
    if "policyDetails" not in execution.request:
        return False
    row = session.get(BuilderResource, execution.subject_arn)
    return row is None or row.state != "ENABLED" or row.updated_at > execution.started_at


def _run(database: Database, arn: str) -> None:
    with database.write() as session:
        row = session.scalar(_enabled().where(BuilderResource.arn == arn).with_for_update())
        now = clock.now()
        if row is None or not _due(row, now) or under_way(session, arn):
            return
        row.data = {**row.data, RAN: now.isoformat()}
        request = {
            **{key: row.data[key] for key in ("policyDetails", "resourceSelection")},
            KEEP_USED: KEEP_USED in row.tags,
            "updateAt": (now + NOTICE).timestamp(),
        }
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
