"""Builds of images, their workflow executions and steps.

    PENDING ► CREATING ► BUILDING ► TESTING ► DISTRIBUTING ► INTEGRATING ► AVAILABLE ► DEPRECATED …
       └─────────┴──────────┴──────────┴───────────┴─────────────┴─► FAILED | CANCELLED
                                     (RetryImage leads back to TESTING or DISTRIBUTING)

A build is version x.y.z/n of an image: the image's name and version are its recipe's, n counts. What it was
made from is kept with it (`inputs`: recipe, configurations, resolved ARNs), so that later changes of those do
not change what is said of it. `outputs` is the API's outputResources; `inspection_id` names the report of
what is inside (model/inspection.py).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from amiable.model.base import AccountId, Base, Id, Region, one_of

BUILD_STATES = (
    "PENDING",
    "CREATING",
    "BUILDING",
    "TESTING",
    "DISTRIBUTING",
    "INTEGRATING",
    "AVAILABLE",
    "FAILED",
    "CANCELLED",
    "DEPRECATED",
    "DISABLED",
    "DELETED",
)
UNDER_WAY = BUILD_STATES[:6]
"""States of a build that a flow is carrying."""
WORKFLOW_TYPES = ("BUILD", "TEST", "DISTRIBUTION")
RUN_STATES = ("PENDING", "SKIPPED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED")


class ImageBuild(Base):
    """One build. `failure` is the API's failureContext; its flow ends it once `cancel_asked`.

    `id` is short, for flows, logs and folders; clients know the ARN.
    """

    __tablename__ = "image_build"
    __table_args__ = (
        one_of("state", BUILD_STATES),
        one_of("build_type", ("USER_INITIATED", "SCHEDULED", "IMPORT")),
        Index(
            "uq_image_build_number",
            "region",
            "account_id",
            "slug",
            "major",
            "minor",
            "patch",
            "build",
            unique=True,
        ),
        Index("ix_image_build_region_account_id", "region", "account_id"),
    )

    id: Mapped[Id]
    arn: Mapped[str] = mapped_column(String(512), unique=True)
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    name: Mapped[str] = mapped_column(String(128))
    slug: Mapped[str] = mapped_column(String(256))
    major: Mapped[int]
    minor: Mapped[int]
    patch: Mapped[int]
    build: Mapped[int]
    build_type: Mapped[str] = mapped_column(String(16), default="USER_INITIATED")
    state: Mapped[str] = mapped_column(String(16), default="PENDING")
    reason: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[dict[str, Any]]
    pipeline_arn: Mapped[str | None] = mapped_column(String(512), index=True)
    inputs: Mapped[dict[str, Any]]
    outputs: Mapped[dict[str, Any]]
    image_id: Mapped[str | None] = mapped_column(String(40), index=True)
    os_version: Mapped[str | None] = mapped_column(String(128))
    inspection_id: Mapped[str | None] = mapped_column(String(40))
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[dict[str, Any]]
    policy: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    deprecated_at: Mapped[datetime | None]

    @property
    def version(self) -> str:
        """`x.y.z/n`, as the recipe's version was written."""
        return "/".join(self.arn.split("/")[-2:])


class WorkflowExecution(Base):
    """One workflow of a build, with its document as it began. `retried`: another one took its place."""

    __tablename__ = "workflow_execution"
    __table_args__ = (one_of("workflow_type", WORKFLOW_TYPES), one_of("state", RUN_STATES))

    id: Mapped[Id]
    build_id: Mapped[str] = mapped_column(ForeignKey("image_build.id", ondelete="CASCADE"), index=True)
    workflow_arn: Mapped[str] = mapped_column(String(512))
    workflow_type: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]
    document: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]]
    on_failure: Mapped[str] = mapped_column(String(16), default="ABORT")
    state: Mapped[str] = mapped_column(String(16), default="PENDING")
    message: Mapped[str | None] = mapped_column(Text)
    retried: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WorkflowStep(Base):
    """One step of a workflow execution. `inputs` and `outputs` are what documents can name.

    `journal` is what the step has to know when it goes on after a kill. `answer` is that of
    SendWorkflowStepAction (RESUME, STOP) to a step that waits.
    """

    __tablename__ = "workflow_step"
    __table_args__ = (one_of("state", RUN_STATES),)

    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    execution_id: Mapped[str] = mapped_column(
        ForeignKey("workflow_execution.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(128))
    description: Mapped[str | None] = mapped_column(String(512))
    action: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="PENDING")
    message: Mapped[str | None] = mapped_column(Text)
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    journal: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answer: Mapped[str | None] = mapped_column(String(16))
    answer_reason: Mapped[str | None] = mapped_column(Text)
    on_failure: Mapped[str] = mapped_column(String(16), default="Abort")
    timeout_seconds: Mapped[int | None]
    attempt: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class BuildCache(Base):
    """What was built before, by the hash of everything that it depends on.

    `snapshot_id`: the disk after a component ran. `image_id`: the whole image.
    """

    __tablename__ = "build_cache"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(40), primary_key=True)
    snapshot_id: Mapped[str | None] = mapped_column(String(40))
    image_id: Mapped[str | None] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(512))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class LifecycleExecution(Base):
    """One run of a lifecycle policy or of StartResourceStateUpdate. `resources` as the API lists them."""

    __tablename__ = "lifecycle_execution"
    __table_args__ = (
        one_of("state", ("IN_PROGRESS", "CANCELLED", "CANCELLING", "FAILED", "SUCCESS", "PENDING")),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    subject_arn: Mapped[str] = mapped_column(String(512), index=True)
    state: Mapped[str] = mapped_column(String(16), default="PENDING")
    reason: Mapped[str | None] = mapped_column(Text)
    request: Mapped[dict[str, Any]]
    resources: Mapped[list[dict[str, Any]]]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
