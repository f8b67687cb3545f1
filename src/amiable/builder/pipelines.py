"""Pipelines that start by their schedules.

    due ──► a build of the pipeline is under way: wait, and run once when it has ended
     │ ──► nothing that it depends on has changed (if its start condition asks): nothing to do
     └──► start a build

A run is due when the schedule has a time after the last one noted in the pipeline's data, or after its last
update, until now. Times that passed while the server was down or a build was under way are one run. The note,
the build's row and its story are one transaction on the locked row: once, whoever is killed and however many
servers look.

After so many scheduled builds in a row that failed (autoDisablePolicy) the pipeline disables itself. A build
that succeeds or an update of the pipeline begins the count anew.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.builder.schedule import parse
from amiable.core import clock
from amiable.core.errors import InvalidInput
from amiable.core.log import logger
from amiable.model.builder_resource import BuilderResource
from amiable.model.database import Database
from amiable.model.image_build import UNDER_WAY, ImageBuild

log = logger(__name__)
KIND = "image-pipeline"
RAN = "scheduledAt"
"""In a pipeline's data: when its schedule was last answered."""
ONLY_CHANGED = "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"


class Starter(Protocol):
    """What the API does for a schedule, in the transaction that it is given."""

    def start(self, session: Session, pipeline: BuilderResource, *, only_changed: bool) -> str | None:
        """Start a build in the owner's name; its ARN. None: `only_changed`, and nothing has.

        A build that cannot even begin is a row that has failed, with the reason.
        """
        ...


def start_due(database: Database, starter: Starter) -> bool:
    """Start what is due; whether anything was started."""
    with database.read() as session:
        query = select(BuilderResource).where(
            BuilderResource.kind == KIND, BuilderResource.state == "ENABLED"
        )
        rows = [row.arn for row in session.scalars(query) if _wants(session, row)]
    started = False
    for arn in rows:
        try:
            started |= _run(database, starter, arn)
        except Exception:
            log.exception("%s could not be started; trying again", arn)
    return started


def _wants(session: Session, row: BuilderResource) -> bool:
    """Whether there is anything to do for a pipeline."""
    try:
        return _due(row, clock.now()) or _fails(session, row)
    except InvalidInput:  # a zone that is known no more, say; the others are not to wait for it
        log.exception("%s has a schedule that cannot be read", row.arn)
        return False


def _run(database: Database, starter: Starter, arn: str) -> bool:
    with database.write() as session:
        query = select(BuilderResource).where(BuilderResource.arn == arn, BuilderResource.state == "ENABLED")
        row = session.scalar(query.with_for_update())
        if row is None:
            return False
        if _fails(session, row):
            row.state = "DISABLED"
            log.warning("%s: disabled, its scheduled builds fail", arn)
            return False
        now = clock.now()
        if not _due(row, now) or under_way(session, arn):
            return False
        row.data = {**row.data, RAN: now.isoformat()}
        only_changed = row.data["schedule"]["pipelineExecutionStartCondition"] == ONLY_CHANGED
        build = starter.start(session, row, only_changed=only_changed)
        log.info("%s: %s", arn, f"started {build}" if build else "nothing has changed")
        return build is not None


def _due(row: BuilderResource, now: datetime) -> bool:
    schedule = row.data.get("schedule")
    if not schedule:
        return False
    noted = row.data.get(RAN)
    last = datetime.fromisoformat(noted) if noted else row.updated_at
    times = parse(schedule["scheduleExpression"], schedule["timezone"])
    moment = times.after(last, row.created_at)
    return moment is not None and moment <= now


def under_way(session: Session, arn: str) -> bool:
    """Whether a build of a pipeline has not ended."""
    query = select(ImageBuild.id).where(ImageBuild.pipeline_arn == arn, ImageBuild.state.in_(UNDER_WAY))
    return session.scalar(query.limit(1)) is not None


def failures_in_a_row(session: Session, pipeline: BuilderResource) -> int:
    """How many of the newest scheduled builds since the pipeline's last update have failed."""
    query = select(ImageBuild.state).where(
        ImageBuild.pipeline_arn == pipeline.arn,
        ImageBuild.build_type == "SCHEDULED",
        ImageBuild.created_at >= pipeline.updated_at,
        ImageBuild.state.not_in((*UNDER_WAY, "CANCELLED")),
    )
    count = 0
    for state in session.scalars(query.order_by(ImageBuild.created_at.desc())):
        if state != "FAILED":
            break
        count += 1
    return count


def _fails(session: Session, row: BuilderResource) -> bool:
    schedule = row.data.get("schedule")
    if not schedule:
        return False
    return failures_in_a_row(session, row) >= int(schedule["autoDisablePolicy"]["failureCount"])
