"""lifecycle: the story of one run of a policy, or of one StartResourceStateUpdate.

    plan ──► act ──► act … ──► done          SUCCESS, FAILED (something could not be done), CANCELLED
      ▲       └─ PENDING until `updateAt`
      └───────┘

plan   writes down every build and AMI with what will happen to it, before anything does; once its time has
       come again, for the same builds, as things may have changed while it waited
act    brings one build and its AMIs there, and notes how it went; a kill repeats it harmlessly
"""

from typing import Any

from sqlalchemy.orm import Session

from amiable.builder.cloud import Cloud, Refused, Where
from amiable.builder.execution.step import BuilderHost
from amiable.builder.lifecycle.daily import changed
from amiable.builder.lifecycle.plan import ACTIONS, Resource, builds_of, chosen_of, planned, skipped
from amiable.core import clock
from amiable.flows.story import Done, Goto, Next, Wait, Work, story
from amiable.model.image_build import ImageBuild, LifecycleExecution

LOOK_SECONDS = 5.0
STATES = {action: state for state, action in ACTIONS.items()}


def plan(work: Work[BuilderHost]) -> Next:
    """Write down what will happen."""
    with work.database.read() as session:
        execution = session.get_one(LifecycleExecution, work.subject)
        builds = builds_of(session, execution)
    chosen = chosen_of(execution, builds)
    if "planned" in work.state:
        chosen = [one for one in chosen if one.build.id in work.state["planned"]]
    resources = planned(work.host.cloud, builds, chosen)
    with work.transaction() as session:
        execution = session.get_one(LifecycleExecution, work.subject)
        execution.resources = resources
        if execution.state == "PENDING" and _its_time(execution):
            execution.state = "IN_PROGRESS"
    work.state["planned"] = [one.build.id for one in chosen]
    return Goto("act")


def _its_time(execution: LifecycleExecution) -> bool:
    return clock.now().timestamp() >= float(execution.request.get("updateAt", 0))


def act(work: Work[BuilderHost]) -> Next:
    """Do what is planned for the next build, unless the execution is cancelled or its time has not come."""
    with work.transaction() as session:
        execution = session.get_one(LifecycleExecution, work.subject)
        if execution.state == "CANCELLING":
            _end(execution, "CANCELLED")
            return Done()
        if execution.state == "PENDING":
            if changed(session, execution):
                execution.reason = "The policy was changed, disabled or deleted."
                _end(execution, "CANCELLED", execution.reason)
                return Done()
            return Goto("plan") if _its_time(execution) else Wait(LOOK_SECONDS)
        resources: list[Resource] = execution.resources
    number = next((n for n, one in enumerate(resources) if not _ended(one)), None)
    if number is None:
        return _finish(work)
    resource = _acted(work.host.cloud, resources[number])
    with work.transaction() as session:
        execution = session.get_one(LifecycleExecution, work.subject)
        execution.resources = [*execution.resources[:number], resource, *execution.resources[number + 1 :]]
        if resource["state"]["status"] == "SUCCESS":
            _bring(session, resource, execution.id)
    return Goto("act")


def _ended(resource: Resource) -> bool:
    return "endTime" in resource


def _acted(cloud: Cloud, resource: Resource) -> Resource:
    """A resource after what was planned for it: each AMI as it came out, then the build."""
    begun = clock.now().timestamp()
    amis = [_ami_acted(cloud, ami) for ami in resource["amis"]]
    state = resource["state"]
    if state["status"] == "IN_PROGRESS":
        failed = [ami for ami in amis if ami["state"]["status"] == "FAILED"]
        reason = "; ".join(f"{ami['resourceId']}: {ami['state']['reason']}" for ami in failed)
        state = {"status": "FAILED", "reason": reason} if failed else {"status": "SUCCESS"}
    return {**resource, "amis": amis, "state": state, "startTime": begun, "endTime": clock.now().timestamp()}


def _ami_acted(cloud: Cloud, ami: Resource) -> Resource:
    if ami["state"]["status"] != "IN_PROGRESS":
        return ami
    where, image_id = Where(ami["accountId"], ami["region"]), ami["resourceId"]
    begun = clock.now().timestamp()
    more: dict[str, Any] = {}
    try:
        cloud.bring_image(where, image_id, ami["action"]["name"])
        if "snapshots" in ami:
            more["snapshots"] = [_snapshot_deleted(cloud, where, one) for one in ami["snapshots"]]
        state: Resource = {"status": "SUCCESS"}
    except Refused as refused:
        state = {"status": "FAILED", "reason": str(refused)}
    return {**ami, **more, "state": state, "startTime": begun, "endTime": clock.now().timestamp()}


def _snapshot_deleted(cloud: Cloud, where: Where, one: Resource) -> Resource:
    try:
        cloud.delete_snapshot(where, one["snapshotId"])
        state: Resource = {"status": "SUCCESS"}
    except Refused as refused:  # another image stands on it
        state = skipped(str(refused))
    return {**one, "state": state}


def _bring(session: Session, resource: Resource, execution_id: str) -> None:
    """The build's row to where its AMIs are."""
    build = session.get_one(ImageBuild, resource["buildId"])
    build.state = STATES[resource["action"]["name"]]
    build.deprecated_at = clock.now() if build.state == "DEPRECATED" else None
    build.outputs = {**build.outputs, "lifecycleExecutionId": execution_id}


def _finish(work: Work[BuilderHost]) -> Next:
    with work.transaction() as session:
        execution = session.get_one(LifecycleExecution, work.subject)
        failed = [one for one in execution.resources if one["state"]["status"] == "FAILED"]
        _end(execution, "FAILED" if failed else "SUCCESS")
        if failed:
            execution.reason = f"{len(failed)} of {len(execution.resources)} resources could not be changed."
    return Done()


def _end(execution: LifecycleExecution, state: str, why: str = "The execution was cancelled.") -> None:
    execution.state, execution.ended_at = state, clock.now()
    execution.resources = [
        one if _ended(one) else {**one, "state": skipped(why), "endTime": clock.now().timestamp()}
        for one in execution.resources
    ]


def failed(work: Work[BuilderHost], reason: str) -> None:
    """Something that no step foresees: what was not done is left alone."""
    with work.transaction() as session:
        execution = session.get_one(LifecycleExecution, work.subject)
        execution.reason = reason[:4000]
        _end(execution, "FAILED", reason)


lifecycle = story("lifecycle", plan, act, failed=failed)
