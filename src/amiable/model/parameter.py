"""Parameters (SSM): names that stand for values, with history; an image's alias is one of type aws:ec2:image.

A version's number is never used again; at most 100 versions are kept, and a label is on one of them only.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from amiable.model.base import Base, one_of

PARAMETER_TYPES = ("String", "StringList", "SecureString")


class Parameter(Base):
    """A parameter: what holds for all of its versions."""

    __tablename__ = "parameter"
    __table_args__ = (one_of("type", PARAMETER_TYPES),)

    account_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(1011), primary_key=True)
    type: Mapped[str] = mapped_column(String(16))
    data_type: Mapped[str] = mapped_column(String(16), default="text")
    tier: Mapped[str] = mapped_column(String(24), default="Standard")
    version: Mapped[int] = mapped_column(default=1)
    tags: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class ParameterVersion(Base):
    """One version. `value` is sealed where the type is SecureString; `image_id` is what an alias names."""

    __tablename__ = "parameter_version"
    __table_args__ = (Index("ix_parameter_version_image_id", "image_id"),)

    account_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(1011), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    image_id: Mapped[str | None] = mapped_column(String(40))
    description: Mapped[str | None] = mapped_column(String(1024))
    allowed_pattern: Mapped[str | None] = mapped_column(String(1024))
    labels: Mapped[list[str]]
    modified_at: Mapped[datetime]
    modified_by: Mapped[str] = mapped_column(String(128), default="")
