"""What image builds are described by: components, recipes, configurations, pipelines, workflows, policies.

    arn:aws:imagebuilder:<region>:<account or aws>:<kind>/<slug>[/<x.y.z>[/<build>]]

One table for all of them: they differ in what `data` holds, which is the shape that the API shows, and in
whether they have a version (and a build of it). A version's row is immutable but for its state; a
configuration or pipeline has no version and is replaced in place. `resource_type` is the API's `type`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.model.base import AccountId, Base, Region, one_of

KINDS = (
    "component",
    "image-recipe",
    "infrastructure-configuration",
    "distribution-configuration",
    "image-pipeline",
    "workflow",
    "lifecycle-policy",
)
STATES = ("ACTIVE", "DEPRECATED", "DISABLED", "ENABLED")


class BuilderResource(Base):
    """One resource, or one build of one version of it.

    `major`, `minor`, `patch`, `build` are None for kinds without versions, `build` also for recipes. `policy`
    is the resource policy as JSON text. The rest is told by the kind: see the files of `api/imagebuilder/`.
    """

    __tablename__ = "builder_resource"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("state", STATES),
        Index("ix_builder_resource_place", "region", "account_id", "kind", "slug"),
    )

    arn: Mapped[str] = mapped_column(String(512), primary_key=True)
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    slug: Mapped[str] = mapped_column(String(256))
    resource_type: Mapped[str | None] = mapped_column(String(16))
    major: Mapped[int | None]
    minor: Mapped[int | None]
    patch: Mapped[int | None]
    build: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16), default="ACTIVE")
    data: Mapped[dict[str, Any]]
    tags: Mapped[dict[str, Any]]
    policy: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def version(self) -> str | None:
        """`x.y.z` as it was written, or None for a kind without versions."""
        if self.major is None:
            return None
        return self.arn.split("/")[-1 if self.build is None else -2]


def resources_using(session: Session, account_id: str, region: str, arn: str) -> list[str]:
    """ARNs of the account's resources whose data names an ARN: what must go before it."""
    rows = session.scalars(
        select(BuilderResource).where(
            BuilderResource.account_id == account_id, BuilderResource.region == region
        )
    )
    return sorted(row.arn for row in rows if row.arn != arn and _names(row.data, arn))


def _names(value: Any, arn: str) -> bool:
    if isinstance(value, dict):
        return any(_names(item, arn) for item in value.values())
    if isinstance(value, list):
        return any(_names(item, arn) for item in value)
    return bool(value == arn)
