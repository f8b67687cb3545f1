"""Workflows: documents of what a stage of a build does; and their executions, step by step."""

import json

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.imagebuilder.arns import latest_references, parse_version
from amiable.api.imagebuilder.components import builds_of, inline
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.images import owned_build
from amiable.api.imagebuilder.resources import (
    add,
    deleted,
    first_of_each,
    found,
    listed,
    of_owner,
    paged,
    with_request,
)
from amiable.api.imagebuilder.shapes import summary
from amiable.api.table import Shape, operation
from amiable.builder.document.source import Invalid
from amiable.builder.execution.stage import executions_of, steps_of
from amiable.builder.workflow.parse import Workflow, parse
from amiable.builder.workflow.resolve import text_of
from amiable.core import clock
from amiable.model.builder_resource import BuilderResource
from amiable.model.image_build import ImageBuild, WorkflowExecution, WorkflowStep
from amiable.protocol.faults import Fault

WAITS = "WaitForAction"
FILTERS = {
    "name": lambda row: row.name,
    "version": lambda row: row.version,
    "type": lambda row: row.resource_type,
    "description": lambda row: row.data.get("description"),
}


def _checked(text: str, stage: str) -> Workflow:
    try:
        return parse(text, stage)
    except Invalid as wrong:
        raise invalid(f"The workflow document is not valid: {wrong}") from wrong


@operation("imagebuilder", "CreateWorkflow")
def create_workflow(call: Call, request: Shape) -> Shape:
    """Make a workflow of a YAML document, or another build of a version that is there."""
    if request.get("kmsKeyId"):
        raise refused("kmsKeyId: nothing is encrypted at rest here.")
    text = inline(request, "workflow document")
    _checked(text, request["type"])
    kept = ("description", "changeDescription")
    arn = add(
        call,
        "CreateWorkflow",
        request,
        "workflow",
        {**{key: request.get(key) for key in kept}, "data": text},
        version=parse_version(request["semanticVersion"]),
        builds=True,
        resource_type=request["type"],
    )
    return {
        "clientToken": request["clientToken"],
        "workflowBuildVersionArn": arn,
        "latestVersionReferences": latest_references(arn),
    }


@operation("imagebuilder", "GetWorkflow")
def get_workflow(call: Call, request: Shape) -> Shape:
    """A workflow with its document and parameters."""
    row = found(call, request["workflowBuildVersionArn"], "workflow")
    parameters = []
    for one in parse(row.data["data"], str(row.resource_type)).parameters:
        shape: Shape = {"name": one.name, "type": one.type}
        if one.description:
            shape["description"] = one.description
        if one.default is not None:
            values = one.default if isinstance(one.default, list) else [one.default]
            shape["defaultValue"] = [text_of(value) for value in values]
        parameters.append(shape)
    workflow = {
        **summary(call, row, "description", "changeDescription", "data"),
        "parameters": parameters,
    }
    return {"workflow": workflow, "latestVersionReferences": latest_references(row.arn)}


@operation("imagebuilder", "ListWorkflows")
def list_workflows(call: Call, request: Shape) -> Shape:
    """The versions of workflows that an owner has."""
    rows = of_owner(call, "workflow", request.get("owner"))
    parts = () if request.get("byName") else ("major", "minor", "patch")

    def shape(row: BuilderResource) -> Shape:
        known = summary(call, row, "description")
        known.pop("tags")
        return {**known, "arn": row.arn.rsplit("/", 1)[0]}

    versions = first_of_each(rows, "account_id", "slug", *parts)
    answer = listed(call, "ListWorkflows", request, "workflowVersionList", versions, shape, FILTERS)
    answer.pop("requestId")
    return answer


@operation("imagebuilder", "ListWorkflowBuildVersions")
def list_workflow_build_versions(call: Call, request: Shape) -> Shape:
    """The builds of one version of a workflow."""

    def shape(row: BuilderResource) -> Shape:
        return summary(call, row, "description", "changeDescription")

    rows = builds_of(call, "workflow", request.get("workflowVersionArn"))
    answer = listed(call, "ListWorkflowBuildVersions", request, "workflowSummaryList", rows, shape, {})
    answer.pop("requestId")
    return answer


@operation("imagebuilder", "DeleteWorkflow")
def delete_workflow(call: Call, request: Shape) -> Shape:
    """Delete one build of a workflow that no pipeline names."""
    return {"workflowBuildVersionArn": deleted(call, request["workflowBuildVersionArn"], "workflow")}


def _execution_shape(call: Call, execution: WorkflowExecution) -> Shape:
    states = [step.state for step in steps_of(call.session, execution.id)]
    shape: Shape = {
        "workflowBuildVersionArn": execution.workflow_arn,
        "workflowExecutionId": execution.id,
        "type": execution.workflow_type,
        "status": execution.state,
        "totalStepCount": len(states),
        "totalStepsSucceeded": states.count("COMPLETED"),
        "totalStepsFailed": states.count("FAILED"),
        "totalStepsSkipped": states.count("SKIPPED"),
    }
    return shape | _told(execution)


def _told(row: WorkflowExecution | WorkflowStep) -> Shape:
    """Message and times, as far as there are any."""
    known = {
        "message": row.message,
        "startTime": clock.iso(row.started_at) if row.started_at else None,
        "endTime": clock.iso(row.ended_at) if row.ended_at else None,
    }
    return {key: value for key, value in known.items() if value is not None}


def _execution(call: Call, execution_id: str) -> tuple[WorkflowExecution, ImageBuild]:
    """The caller's workflow execution and its build. Raises ResourceNotFoundException."""
    execution = call.session.get(WorkflowExecution, execution_id)
    build = call.session.get(ImageBuild, execution.build_id) if execution else None
    if (
        execution is None
        or build is None
        or (build.account_id, build.region) != (call.account_id, call.region)
    ):
        raise Fault("ResourceNotFoundException", f"There is no workflow execution '{execution_id}'.")
    return execution, build


@operation("imagebuilder", "ListWorkflowExecutions")
def list_workflow_executions(call: Call, request: Shape) -> Shape:
    """The workflows of a build, in their order."""
    build = owned_build(call, request["imageBuildVersionArn"])
    executions = executions_of(call.session, build.id)
    rows, token = paged(
        call, "ListWorkflowExecutions", request, executions, lambda row: f"{row.position:06d}"
    )
    shapes = [{**_execution_shape(call, row), "retried": row.retried} for row in rows]
    answer: Shape = {"workflowExecutions": shapes, "imageBuildVersionArn": build.arn}
    return with_request(call, {**answer, "nextToken": token} if token else answer)


@operation("imagebuilder", "GetWorkflowExecution")
def get_workflow_execution(call: Call, request: Shape) -> Shape:
    """One workflow of a build."""
    execution, build = _execution(call, request["workflowExecutionId"])
    return with_request(call, {**_execution_shape(call, execution), "imageBuildVersionArn": build.arn})


def _step_shape(step: WorkflowStep) -> Shape:
    shape: Shape = {
        "stepExecutionId": step.id,
        "name": step.name,
        "action": step.action,
        "status": step.state,
        "inputs": _json(step.inputs),
        "outputs": _json(step.outputs),
        "attemptNumber": step.attempt,
        "maxAttempts": 1,
    }
    if step.description:
        shape["description"] = step.description
    return shape | _told(step)


def _json(value: Shape) -> str:
    return json.dumps(value, sort_keys=True)


@operation("imagebuilder", "ListWorkflowStepExecutions")
def list_workflow_step_executions(call: Call, request: Shape) -> Shape:
    """The steps of a workflow, in their order."""
    execution, build = _execution(call, request["workflowExecutionId"])
    steps = steps_of(call.session, execution.id)
    rows, token = paged(call, "ListWorkflowStepExecutions", request, steps, lambda row: f"{row.position:06d}")
    answer: Shape = {
        "steps": [_step_shape(row) for row in rows],
        "workflowBuildVersionArn": execution.workflow_arn,
        "workflowExecutionId": execution.id,
        "imageBuildVersionArn": build.arn,
    }
    if execution.message:
        answer["message"] = execution.message
    return with_request(call, {**answer, "nextToken": token} if token else answer)


def _step(call: Call, step_id: str) -> tuple[WorkflowStep, WorkflowExecution, ImageBuild]:
    step = call.session.get(WorkflowStep, step_id)
    if step is None:
        raise Fault("ResourceNotFoundException", f"There is no step execution '{step_id}'.")
    return step, *_execution(call, step.execution_id)


@operation("imagebuilder", "GetWorkflowStepExecution")
def get_workflow_step_execution(call: Call, request: Shape) -> Shape:
    """One step of a workflow, with its inputs and outputs."""
    step, execution, build = _step(call, request["stepExecutionId"])
    answer = {
        **_step_shape(step),
        "workflowBuildVersionArn": execution.workflow_arn,
        "workflowExecutionId": execution.id,
        "imageBuildVersionArn": build.arn,
        "onFailure": step.on_failure,
        "timeoutSeconds": step.timeout_seconds or 0,
    }
    return with_request(call, answer)


@operation("imagebuilder", "ListWaitingWorkflowSteps")
def list_waiting_workflow_steps(call: Call, request: Shape) -> Shape:
    """The steps of the caller's builds that wait for SendWorkflowStepAction."""
    query = (
        select(WorkflowStep, WorkflowExecution, ImageBuild)
        .join(WorkflowExecution, WorkflowExecution.id == WorkflowStep.execution_id)
        .join(ImageBuild, ImageBuild.id == WorkflowExecution.build_id)
        .where(
            WorkflowStep.action == WAITS,
            WorkflowStep.state == "RUNNING",
            WorkflowStep.answer.is_(None),
            ImageBuild.account_id == call.account_id,
            ImageBuild.region == call.region,
        )
    )
    waiting = list(call.session.execute(query))
    rows, token = paged(call, "ListWaitingWorkflowSteps", request, waiting, lambda row: row[0].id)
    steps = [
        {
            "stepExecutionId": step.id,
            "imageBuildVersionArn": build.arn,
            "workflowExecutionId": execution.id,
            "workflowBuildVersionArn": execution.workflow_arn,
            "name": step.name,
            "action": step.action,
            "startTime": clock.iso(step.started_at or call.now),
        }
        for step, execution, build in rows
    ]
    return {"steps": steps, "nextToken": token} if token else {"steps": steps}


@operation("imagebuilder", "SendWorkflowStepAction")
def send_workflow_step_action(call: Call, request: Shape) -> Shape:
    """Answer a step that waits: RESUME or STOP."""
    step, _, build = _step(call, request["stepExecutionId"])
    if build.arn != request["imageBuildVersionArn"]:
        raise invalid(f"The step {step.id} is not of the build {request['imageBuildVersionArn']}.")
    if made_before(call, "SendWorkflowStepAction", request) is None:
        if step.action != WAITS or step.state != "RUNNING" or step.answer is not None:
            raise refused(f"The step {step.id} does not wait for an action.")
        step.answer, step.answer_reason = request["action"], request.get("reason")
        remember(call, "SendWorkflowStepAction", request, step.id)
    return {
        "stepExecutionId": step.id,
        "imageBuildVersionArn": build.arn,
        "clientToken": request["clientToken"],
    }
