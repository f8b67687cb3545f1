"""What was recorded of a build's image: the result of its inspection (docs/inspection.md)."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.builder.execution.stage import executions_of, steps_of
from amiable.model.image_build import ImageBuild
from amiable.model.inspection import Inspection


def recorded(session: Session, build: ImageBuild) -> dict[str, Any]:
    """The report of the image; empty if there is none (yet)."""
    text = session.scalar(select(Inspection.result).where(Inspection.id == build.inspection_id))
    return dict(json.loads(text)) if text else {}


def packages_of(session: Session, build: ImageBuild) -> list[tuple[str, str]]:
    """(name, version) of the packages in the image; of those that its guest named, if it cannot be read."""
    if found := recorded(session, build).get("packages"):
        return sorted({(package["name"], package["version"]) for package in found})
    return [
        (name, version)
        for execution in executions_of(session, build.id)
        for step in steps_of(session, execution.id)
        for name, version in step.journal.get("packages", ())
    ]
