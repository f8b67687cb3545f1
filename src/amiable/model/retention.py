"""What the state database forgets: ended flows, tasks, sessions, inspections and runs of lifecycle policies,
used client tokens.

Resources stay, and so do the reports that are the records of image builds, and the last run of each policy.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from amiable.model.account import AccessKey
from amiable.model.client_token import ClientToken
from amiable.model.flow import Flow
from amiable.model.image_build import ImageBuild, LifecycleExecution
from amiable.model.inspection import Inspection
from amiable.model.tag import Tag
from amiable.model.task import Task

FLOWS = timedelta(days=30)
INSPECTIONS = timedelta(days=30)
LIFECYCLE_EXECUTIONS = timedelta(days=90)
TOKENS = timedelta(days=2)
"""EC2 honours a client token for at least a day."""
SESSIONS = timedelta(days=1)
TASKS = timedelta(days=31)
"""The longest that AWS lists one: a store task."""


def forget(session: Session, now: datetime) -> None:
    """Delete rows that nobody asks for any more."""
    recorded = select(ImageBuild.inspection_id).where(
        ImageBuild.inspection_id.is_not(None), ImageBuild.state != "DELETED"
    )
    later = aliased(LifecycleExecution)
    for old in (
        delete(Flow).where(Flow.outcome.is_not(None), Flow.finished_at < now - FLOWS),
        delete(Inspection).where(
            Inspection.ended_at < now - INSPECTIONS,
            Inspection.accepted_at.is_(None),
            Inspection.id.not_in(recorded),
        ),
        delete(LifecycleExecution).where(
            LifecycleExecution.ended_at < now - LIFECYCLE_EXECUTIONS,
            exists().where(
                later.subject_arn == LifecycleExecution.subject_arn,
                later.started_at > LifecycleExecution.started_at,
            ),
        ),
        delete(ClientToken).where(ClientToken.created_at < now - TOKENS),
        delete(AccessKey).where(AccessKey.expires_at < now - SESSIONS),
        delete(Tag).where(Tag.resource_id.in_(select(Task.id).where(Task.ended_at < now - TASKS))),
        delete(Task).where(Task.ended_at < now - TASKS),
    ):
        session.execute(old)
