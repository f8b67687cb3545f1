"""Rows of what amiable ships, components and workflows: the built-in account's, in every region.

arn:aws:imagebuilder:<region>:aws:<kind>/<slug>/<x.y.z>/<build>
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.core import clock
from amiable.model.account import AMAZON, Account
from amiable.model.builder_resource import BuilderResource

Version = tuple[int, int, int]


def owner_of_shipped(session: Session) -> str:
    """The id of the built-in account."""
    return session.scalars(select(Account.id).where(Account.alias == AMAZON)).one()


def shipped_arn(region: str, kind: str, slug: str, version: Version, build: int) -> str:
    """The ARN of what is shipped."""
    return f"arn:aws:imagebuilder:{region}:aws:{kind}/{slug}/{'.'.join(map(str, version))}/{build}"


def add_shipped(
    session: Session,
    region: str,
    kind: str,
    slug: str,
    version: Version,
    build: int,
    resource_type: str,
    data: dict[str, Any],
) -> None:
    """Add the row; its name is the last part of its slug."""
    now = clock.now()
    major, minor, patch = version
    session.add(
        BuilderResource(
            arn=shipped_arn(region, kind, slug, version, build),
            region=region,
            account_id=owner_of_shipped(session),
            kind=kind,
            name=slug.rpartition("/")[2],
            slug=slug,
            resource_type=resource_type,
            major=major,
            minor=minor,
            patch=patch,
            build=build,
            data=data,
            tags={},
            created_at=now,
            updated_at=now,
        )
    )
