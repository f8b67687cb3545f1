"""Lifecycle executions: runs of policies, and StartResourceStateUpdate. builder/lifecycle/ carries them."""

from datetime import UTC, datetime

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.images import owned_build
from amiable.api.imagebuilder.lifecycle_policies import check_excluded, check_included
from amiable.api.imagebuilder.resources import paged
from amiable.api.table import Shape, operation
from amiable.builder.lifecycle.choice import LIVE
from amiable.builder.lifecycle.daily import begin, under_way
from amiable.core import clock
from amiable.model.image_build import LifecycleExecution
from amiable.protocol.faults import Fault

FAR = 10**10
"""Seconds, later than every moment: keys are what is left until then, so that the newest come first."""


def _found(call: Call, execution_id: str, *, lock: bool = False) -> LifecycleExecution:
    """The caller's execution. Raises ResourceNotFoundException."""
    query = select(LifecycleExecution).where(
        LifecycleExecution.id == execution_id,
        LifecycleExecution.account_id == call.account_id,
        LifecycleExecution.region == call.region,
    )
    row: LifecycleExecution | None = call.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise Fault("ResourceNotFoundException", f"There is no lifecycle execution '{execution_id}'.")
    return row


def _state(row: LifecycleExecution) -> Shape:
    reason, moment = row.reason, row.request.get("updateAt")
    if row.state == "PENDING" and moment:
        reason = f"It acts at {clock.iso(datetime.fromtimestamp(moment, UTC))}."
    return {"status": row.state, "reason": reason} if reason else {"status": row.state}


def _shape(row: LifecycleExecution) -> Shape:
    shape: Shape = {
        "lifecycleExecutionId": row.id,
        "resourcesImpactedSummary": {"hasImpactedResources": bool(row.resources)},
        "state": _state(row),
        "startTime": row.started_at,
    }
    if ":lifecycle-policy/" in row.subject_arn:
        shape["lifecyclePolicyArn"] = row.subject_arn
    if row.ended_at:
        shape["endTime"] = row.ended_at
    return shape


@operation("imagebuilder", "StartResourceStateUpdate")
def start_resource_state_update(call: Call, request: Shape) -> Shape:
    """Deprecate, disable, delete or bring back a build, with its AMIs if they are included."""
    if known := made_before(call, "StartResourceStateUpdate", request):
        return {"lifecycleExecutionId": known, "resourceArn": request["resourceArn"]}
    build = owned_build(call, request["resourceArn"])
    state = request["state"].get("status")
    if state is None:
        raise invalid("Give the status that the image is to have.")
    include, rules = request.get("includeResources") or {}, request.get("exclusionRules") or {}
    check_included(include, state == "DELETED")
    check_excluded(rules.get("amis") or {})
    if build.state not in LIVE and (build.state, state) not in (
        ("FAILED", "DELETED"),
        ("CANCELLED", "DELETED"),
    ):
        raise refused(f"The build {build.arn} is {build.state}: it cannot become {state}.")
    if under_way(call.session, build.arn):
        raise Fault("ResourceInUseException", f"Another execution for {build.arn} is under way.")
    asked: Shape = {"state": state, "includeResources": include, "exclusionRules": rules}
    if moment := request.get("updateAt"):
        asked["updateAt"] = moment.timestamp()
    execution = begin(call.session, call.account_id, call.region, build.arn, asked)
    remember(call, "StartResourceStateUpdate", request, execution.id)
    return {"lifecycleExecutionId": execution.id, "resourceArn": build.arn}


@operation("imagebuilder", "GetLifecycleExecution")
def get_lifecycle_execution(call: Call, request: Shape) -> Shape:
    """One run of a policy or one state update."""
    return {"lifecycleExecution": _shape(_found(call, request["lifecycleExecutionId"]))}


@operation("imagebuilder", "ListLifecycleExecutions")
def list_lifecycle_executions(call: Call, request: Shape) -> Shape:
    """The runs of a policy, or the state updates of a build, newest first."""
    query = select(LifecycleExecution).where(
        LifecycleExecution.subject_arn == request["resourceArn"],
        LifecycleExecution.account_id == call.account_id,
        LifecycleExecution.region == call.region,
    )
    executions = list(call.session.scalars(query))
    rows, token = paged(
        call,
        "ListLifecycleExecutions",
        request,
        executions,
        lambda row: f"{FAR - row.started_at.timestamp():020.6f} {row.id}",
    )
    answer: Shape = {"lifecycleExecutions": [_shape(row) for row in rows]}
    return {**answer, "nextToken": token} if token else answer


@operation("imagebuilder", "ListLifecycleExecutionResources")
def list_lifecycle_execution_resources(call: Call, request: Shape) -> Shape:
    """The builds that an execution acts on, planned ones too; with parentResourceId, the AMIs of one."""
    row = _found(call, request["lifecycleExecutionId"])
    resources = row.resources
    if parent := request.get("parentResourceId"):
        resources = [ami for one in resources if one["resourceId"] == parent for ami in one["amis"]]
    page, token = paged(
        call,
        "ListLifecycleExecutionResources",
        request,
        resources,
        lambda one: f"{one['resourceId']} {one['region']} {one['accountId']}",
    )
    answer: Shape = {
        "lifecycleExecutionId": row.id,
        "lifecycleExecutionState": _state(row),
        "resources": [_resource(one) for one in page],
    }
    return {**answer, "nextToken": token} if token else answer


def _resource(one: Shape) -> Shape:
    kept = ("accountId", "resourceId", "state", "action", "region", "snapshots")
    times = {key: datetime.fromtimestamp(one[key], UTC) for key in ("startTime", "endTime") if key in one}
    return {key: one[key] for key in kept if key in one} | times


@operation("imagebuilder", "CancelLifecycleExecution")
def cancel_lifecycle_execution(call: Call, request: Shape) -> Shape:
    """End an execution; what it has done already stays."""
    row = _found(call, request["lifecycleExecutionId"], lock=True)
    if made_before(call, "CancelLifecycleExecution", request) is None:
        if row.state not in ("PENDING", "IN_PROGRESS", "CANCELLING"):
            raise refused(f"The execution {row.id} is {row.state}: there is nothing to cancel.")
        row.state = "CANCELLING"
        remember(call, "CancelLifecycleExecution", request, row.id)
    return {"lifecycleExecutionId": row.id}
