"""The build cache: a disk after each component, and a whole image, by the hash of all that it depends on.

    key 0       the base image, how instances of it are made (devices, user data), the workflow of the build
    key n       key n-1, and component n: its document, the values of its parameters
    whole       the last key, and what else the image depends on: other phases, tags, watermarks

A component says how it is cached by a constant of its document, `amiable-cache`:
    never           it must run each time (it updates the OS, say), and so must what follows it
    key: <text>     its key is this text, with parameters filled in, instead of the document's

A build with the tag `amiable-cache: never` runs everything, and leaves nothing in the cache.

A rebuild goes on behind the last component whose disk is there. A disk is kept only while its snapshot is.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from amiable.builder.cloud import Refused
from amiable.builder.document.chaining import asks
from amiable.builder.document.expression import Scope
from amiable.builder.document.parse import parse
from amiable.builder.execution.step import Step
from amiable.builder.run import named
from amiable.core import clock
from amiable.model.image_build import BuildCache, ImageBuild

CONSTANT = "amiable-cache"
NEVER = "never"
"""Of the constant of a component; of the tag of that name of a build: it uses no cache and leaves none."""
VERSION = "2"
"""Changes when clean-up or the way in which components run change what comes out."""


@dataclass(frozen=True)
class Resume:
    """Where a build can go on: `done` components are on the disk of the snapshot."""

    done: int
    snapshot_id: str


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def keys(build: ImageBuild) -> list[str | None]:
    """Key 0 to n: of the base, and after each component; None from the first that is never cached on."""
    inputs = build.inputs
    if not inputs.get("cache", True):
        return [None] * (len(inputs["components"]) + 1)
    base = (inputs["parentImage"], inputs.get("blockDeviceMappings"), inputs.get("userData"))
    workflows = inputs.get("workflows", {}).get("BUILD")
    chain: list[str | None] = [_digest(VERSION, base, inputs.get("workingDirectory"), workflows)]
    for component in inputs["components"]:
        before, part = chain[-1], _component(component)
        chain.append(None if before is None or part is None else _digest(before, part))
    return chain


def _component(component: Mapping[str, Any]) -> str | None:
    """What of a component decides about the disk; None if it must run each time."""
    document = parse(component["text"])
    directive = document.constants.get(CONSTANT, "")
    values = named(document, component["parameters"])
    if directive == NEVER:
        return None
    if directive.startswith("key:"):
        return str(Scope(values, {}, {}).fill(directive.removeprefix("key:").strip()))
    return _digest(component["text"], values)


def asks_its_build(component: Mapping[str, Any]) -> bool:
    """Whether its validate phase asks what its build phase brought, which no disk tells."""
    return asks(parse(component["text"]), "validate", "build")


def whole_key(build: ImageBuild) -> str | None:
    """The key of the finished and tested image; None if a component must run each time."""
    last, inputs = keys(build)[-1], build.inputs
    if last is None:
        return None
    texts = [(one["text"], one["parameters"]) for one in inputs["components"]]
    tests = (inputs.get("tests"), inputs.get("workflows", {}).get("TEST"))
    return _digest(last, texts, tests, inputs.get("amiTags"), inputs.get("amiWatermarks"), build.name)


def resume_point(step: Step) -> Resume | None:
    """The furthest disk in the cache whose snapshot is still there, before what must run in this build."""
    chain = keys(step.build)
    components = step.build.inputs["components"]
    most = next((n for n, part in enumerate(components) if asks_its_build(part)), len(components))
    for done in range(most, 0, -1):
        key = chain[done]
        row = _entry(step, key) if key else None
        if row is None or row.snapshot_id is None:
            continue
        try:
            if step.cloud.snapshot_done(step.where, row.snapshot_id):
                _touch(step, row)
                return Resume(done, row.snapshot_id)
        except Refused:
            _forget(step, row)  # somebody deleted the snapshot
    return None


def finished_image(step: Step) -> str | None:
    """The image that a build with the same inputs made, if it can still be used."""
    key = whole_key(step.build)
    row = _entry(step, key) if key else None
    if row is None or row.image_id is None:
        return None
    image = step.cloud.image(step.where, row.image_id)
    if image is None or image.state != "available" or image.deprecated:
        _forget(step, row)
        return None
    _touch(step, row)
    return row.image_id


def keep_disk(step: Step, done: int, instance_id: str) -> None:
    """Keep the disk of an instance on which `done` components have run, if it may be kept and is not yet."""
    key = keys(step.build)[done]
    if key is None or _entry(step, key) is not None:
        return
    description = f"Build cache of {step.build.name} after component {done}: {key[:16]}"
    try:
        snapshot = step.cloud.snapshot(step.where, instance_id, description, {**step.tags, CONSTANT: key})
    except Refused as refused:
        step.say(f"The disk is not kept in the cache: {refused}", stream="stderr")
        return
    _remember(step, key, description, snapshot_id=snapshot)


def keep_image(step: Step, image_id: str) -> None:
    """Keep the finished image."""
    if key := whole_key(step.build):
        _remember(step, key, f"Image of {step.build.name}", image_id=image_id)


def _entry(step: Step, key: str) -> BuildCache | None:
    with step.work.database.read() as session:
        return session.scalar(
            select(BuildCache).where(
                BuildCache.key == key,
                BuildCache.account_id == step.build.account_id,
                BuildCache.region == step.build.region,
            )
        )


def _remember(step: Step, key: str, what: str, **found: str) -> None:
    now = clock.now()
    with step.work.transaction() as session:
        session.merge(
            BuildCache(
                key=key,
                account_id=step.build.account_id,
                region=step.build.region,
                what=what,
                created_at=now,
                used_at=now,
                **found,
            )
        )


def _touch(step: Step, row: BuildCache) -> None:
    with step.work.transaction() as session:
        session.get_one(BuildCache, (row.key, row.account_id, row.region)).used_at = clock.now()


def _forget(step: Step, row: BuildCache) -> None:
    with step.work.transaction() as session:
        session.delete(session.get_one(BuildCache, (row.key, row.account_id, row.region)))
