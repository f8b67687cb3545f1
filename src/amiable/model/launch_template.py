"""Launch templates: named, numbered, immutable sets of launch parameters.

A version's number is never used again; a template's default is one of its versions.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amiable.model.base import AccountId, Base, Id, Region


class LaunchTemplate(Base):
    """A template. `latest_version` is the highest number given, deleted or not."""

    __tablename__ = "launch_template"
    __table_args__ = (
        Index("uq_launch_template_name", "region", "account_id", "name", unique=True),
        Index("ix_launch_template_region_account_id", "region", "account_id"),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    name: Mapped[str] = mapped_column(String(128))
    default_version: Mapped[int] = mapped_column(default=1)
    latest_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    versions: Mapped[list["LaunchTemplateVersion"]] = relationship(
        order_by="LaunchTemplateVersion.number", cascade="all, delete-orphan"
    )


class LaunchTemplateVersion(Base):
    """One version. `data` is RequestLaunchTemplateData as it was given."""

    __tablename__ = "launch_template_version"

    template_id: Mapped[str] = mapped_column(ForeignKey("launch_template.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[str | None] = mapped_column(String(255))
    data: Mapped[dict[str, Any]]
    image_id: Mapped[str | None] = mapped_column(String(255), index=True)
    created_at: Mapped[datetime]
