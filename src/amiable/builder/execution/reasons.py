"""Why each component of a build runs, or does not: a sentence for the log.

Told beside what the last build of the same image was made of: which part of it has changed since.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from amiable.builder.document.parse import parse
from amiable.builder.execution.cache import CONSTANT, NEVER, asks_its_build, keys
from amiable.builder.execution.step import Step
from amiable.model.image_build import ImageBuild

Inputs = Mapping[str, Any]
_BASE = {
    "parentImage": "the base image",
    "blockDeviceMappings": "the volumes",
    "userData": "the user data",
    "workingDirectory": "the working directory",
}


def reasons(step: Step, resumed: int) -> list[str]:
    """A sentence for each component; the first `resumed` ones are on the disk already."""
    build = step.build
    before = _before(step)
    cached = keys(build)
    found = ["reused, its disk was in the cache"] * resumed
    for number in range(resumed, len(build.inputs["components"])):
        found.append(f"runs, because {_why(build.inputs, before, cached, number)}")
    return found


def _before(step: Step) -> Inputs | None:
    """What the last build of the same image was made of."""
    build = step.build
    query = (
        select(ImageBuild)
        .where(
            ImageBuild.account_id == build.account_id,
            ImageBuild.region == build.region,
            ImageBuild.slug == build.slug,
            ImageBuild.created_at < build.created_at,
        )
        .order_by(ImageBuild.created_at.desc())
        .limit(1)
    )
    with step.work.database.read() as session:
        row = session.scalar(query)
        return None if row is None else row.inputs


def _why(now: Inputs, before: Inputs | None, cached: Sequence[str | None], number: int) -> str:
    if not now.get("cache", True):
        return "the build asked for no cache"
    parts = now["components"]
    always = next((part["name"] for part in parts[: number + 1] if _always(part)), None)
    if cached[number + 1] is None and always is not None:
        mine = _always(parts[number])
        return (
            "its document says that it always must" if mine else f"it comes after {always}, which always must"
        )
    if before is None:
        return "nothing was built of this recipe before"
    for member, what in _BASE.items():
        if now.get(member) != before.get(member):
            change = (
                f" ({before.get(member)} before, {now.get(member)} now)" if member == "parentImage" else ""
            )
            return f"{what} changed{change}"
    for place in range(number + 1):
        if different := _change(parts[place], before.get("components") or (), place):
            return different if place == number else f"it comes after {parts[place]['name']}: {different}"
    asked = any(asks_its_build(part) for part in parts[: number + 1])
    return (
        "a validate phase, its own or one before it, asks what was brought while it was built"
        if asked
        else "no disk after it is in the cache: the last build did not get so far, or its snapshot is gone"
    )


def _always(part: Inputs) -> bool:
    return parse(part["text"]).constants.get(CONSTANT) == NEVER


def _change(part: Inputs, before: Sequence[Inputs], place: int) -> str | None:
    """What is different about a component since; None for nothing."""
    if place < len(before) and before[place]["text"] == part["text"]:
        if before[place]["parameters"] == part["parameters"]:
            return None
        return "its parameters changed"
    if any(other["text"] == part["text"] for other in before):
        return "its place in the recipe changed"
    named = any(other["name"] == part["name"] for other in before)
    return "its document changed" if named else "it is new in the recipe"
