"""GetBuildComponents: what became of each component of a build, and which disks the cache has of it."""

from typing import Any

from amiable.api.amiable.build_log import asked_build
from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.builder.execution.cache import keys
from amiable.builder.execution.stage import executions_of, steps_of
from amiable.builder.journal import Journal
from amiable.model.image_build import BuildCache, ImageBuild, WorkflowStep
from amiable.model.snapshot import Snapshot

PHASES = ("build", "validate", "test")


@operation("amiable", "GetBuildComponents")
def get_build_components(call: Call, request: Shape) -> Shape:
    """The components of a build: their steps, and the disk after each, where the cache has it."""
    build = asked_build(call, request)
    steps = [
        step
        for execution in executions_of(call.session, build.id)
        if not execution.retried
        for step in steps_of(call.session, execution.id)
    ]
    cached = keys(build) if build.inputs.get("components") else [None]
    resumed = max((step.journal.get("resumed", 0) for step in steps), default=0)
    components = [
        _component(call, build, steps, number, cached[number], number <= resumed)
        for number in range(1, len(cached))
    ]
    answer: Shape = {"BaseImageId": build.inputs["parentImage"], "Components": components}
    users = [step.journal["user"] for step in steps if "user" in step.journal]
    return {**answer, "User": users[0]} if users else answer


def _component(
    call: Call, build: ImageBuild, steps: list[WorkflowStep], number: int, key: str | None, reused: bool
) -> Shape:
    given = build.inputs["components"][number - 1]
    shape: Shape = {
        "Name": given["name"],
        "Arn": given.get("arn") or "",
        "Reused": reused,
        "Steps": [
            row
            for phase in PHASES
            for step in steps
            for row in _rows(step.journal.get(f"component-{number}-{phase}"))
        ],
    }
    whys = [why for step in steps if isinstance(why := step.journal.get(f"why-{number}"), str)]
    if whys:
        shape["Why"] = whys[0]
    entry = call.session.get(BuildCache, (key, build.account_id, build.region)) if key else None
    snapshot = call.session.get(Snapshot, entry.snapshot_id) if entry and entry.snapshot_id else None
    if snapshot is not None and snapshot.state == "completed":
        shape["DiskSnapshotId"] = snapshot.id
    return shape


def _rows(data: dict[str, Any] | None) -> list[Shape]:
    return Journal(data, lambda data: None).rows() if data else []
