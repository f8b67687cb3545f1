"""What an action of a workflow gets: its rows, the cloud, the log, and a journal that outlives kills.

An action returns its outputs, or raises
    StepFailed   it failed; an ActionFailed says more about where
    Later        nothing to do now: run it again after so many seconds
    Cancelled    somebody asked for the end of the build
    Unavailable  passing: run it again
It may be killed at any line and is run again from its first: what it must know then, it notes.
"""

from dataclasses import dataclass, field
from typing import Any

from amiable.builder.actions.call import StepFailed
from amiable.builder.cloud import Cloud, Where
from amiable.builder.execution.logs import BuildLog
from amiable.core import clock, ids
from amiable.core.settings import Settings
from amiable.flows.story import Work
from amiable.model.image_build import ImageBuild, WorkflowExecution, WorkflowStep
from amiable.model.secret import Sealer

TAG = "amiable:image-build"
"""The tag on everything that a build makes for itself: its value is the build's id."""

SOON = 0.2
"""Seconds until the next look at what takes a second or two."""


class Later(Exception):
    """Run the action again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Cancelled(Exception):
    """The build is to end."""


class ActionFailed(StepFailed):
    """A step failed; `context` is the part of failureContext that only the action knows."""

    def __init__(self, message: str, context: dict[str, Any], lines: list[str] | None = None) -> None:
        super().__init__(message, lines or ())
        self.context = context


@dataclass(frozen=True)
class BuilderHost:
    """What the builder's stories get as `work.host`. `life` tells one start of the server from the next."""

    settings: Settings
    cloud: Cloud
    sealer: Sealer
    life: str = field(default_factory=ids.new_uuid)


@dataclass(frozen=True)
class Step:
    """One step under way. The rows are copies: changes go through `note`."""

    work: Work[BuilderHost]
    build: ImageBuild
    execution: WorkflowExecution
    row: WorkflowStep
    inputs: dict[str, Any]
    log: BuildLog

    @property
    def cloud(self) -> Cloud:
        """The cloud."""
        return self.work.host.cloud

    @property
    def where(self) -> Where:
        """The build's account and region."""
        return Where(self.build.account_id, self.build.region)

    @property
    def journal(self) -> dict[str, Any]:
        """What was noted."""
        return self.row.journal

    @property
    def tags(self) -> dict[str, str]:
        """What everything of the build is tagged with."""
        return {TAG: self.build.id}

    def note(self, **facts: Any) -> None:
        """Add to the journal, durably."""
        with self.work.transaction() as session:
            row = session.get_one(WorkflowStep, self.row.id)
            row.journal = {**row.journal, **facts}
            self.row.journal.update(facts)

    def say(self, text: str, component: str = "", stream: str = "stdout") -> None:
        """Write to the build's log."""
        self.log.write(
            text,
            workflow=self.execution.workflow_type,
            step=self.row.name,
            component=component,
            stream=stream,
        )

    def check_wanted(self) -> None:
        """Raise Cancelled if somebody asked for the end."""
        with self.work.database.read() as session:
            if session.get_one(ImageBuild, self.build.id).cancel_asked:
                raise Cancelled

    @property
    def ends(self) -> float | None:
        """When the step must have ended, in seconds since 1970."""
        if self.row.timeout_seconds is None or self.row.started_at is None:
            return None
        return self.row.started_at.timestamp() + self.row.timeout_seconds

    def check_time(self) -> None:
        """Raise StepFailed when the step's time is over."""
        if self.ends is not None and clock.now().timestamp() > self.ends:
            raise StepFailed(f"The step took longer than its {self.row.timeout_seconds} seconds.")

    def wait(self, seconds: float = SOON) -> Later:
        """A Later to raise; raises StepFailed instead when the step's time is over."""
        self.check_time()
        return Later(seconds)
