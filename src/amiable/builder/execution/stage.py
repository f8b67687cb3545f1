"""Which step of a build is next, and what its end means for the workflow and the build.

Workflows run one after the other, in the order of their positions; steps likewise. A step that failed with
onFailure Abort ends its workflow as FAILED. A failed workflow ends the build, but for a test workflow whose
onFailure is CONTINUE.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.builder.workflow.actions import ACTIONS, HOUR
from amiable.builder.workflow.parse import Workflow, parse
from amiable.builder.workflow.resolve import look_up, resolved
from amiable.core import clock, ids
from amiable.core.errors import InvalidInput
from amiable.model.image_build import ImageBuild, WorkflowExecution, WorkflowStep

OPEN = ("PENDING", "RUNNING")
STATES = {"BUILD": "BUILDING", "TEST": "TESTING", "DISTRIBUTION": "DISTRIBUTING"}


@dataclass(frozen=True)
class Current:
    """The step to run now."""

    execution: WorkflowExecution
    step: WorkflowStep
    workflow: Workflow


def add_execution(
    session: Session,
    build: ImageBuild,
    stage: str,
    arn: str,
    document: str,
    parameters: dict[str, Any],
    on_failure: str = "ABORT",
) -> WorkflowExecution:
    """Put a workflow at the end of a build, with its steps. The document has been checked."""
    executions = executions_of(session, build.id)
    execution = WorkflowExecution(
        id=f"wf-{ids.new_uuid()}",
        build_id=build.id,
        workflow_arn=arn,
        workflow_type=stage,
        position=len(executions),
        document=document,
        parameters=parameters,
        on_failure=on_failure,
    )
    session.add(execution)
    session.flush()
    for position, step in enumerate(parse(document, stage).steps):
        session.add(
            WorkflowStep(
                id=f"step-{ids.new_uuid()}",
                execution_id=execution.id,
                position=position,
                name=step.name,
                description=step.description,
                action=step.action,
                on_failure=step.on_failure,
                timeout_seconds=step.timeout
                or (ACTIONS[step.action].timeout if step.action in ACTIONS else HOUR),
            )
        )
    session.flush()
    return execution


def executions_of(session: Session, build_id: str) -> list[WorkflowExecution]:
    """The workflows of a build in their order."""
    query = select(WorkflowExecution).where(WorkflowExecution.build_id == build_id)
    return list(session.scalars(query.order_by(WorkflowExecution.position)))


def steps_of(session: Session, execution_id: str) -> list[WorkflowStep]:
    """The steps of a workflow in their order."""
    query = select(WorkflowStep).where(WorkflowStep.execution_id == execution_id)
    return list(session.scalars(query.order_by(WorkflowStep.position)))


def current(session: Session, build: ImageBuild) -> Current | None:
    """The next step, marked as running; None when all workflows have ended."""
    for execution in executions_of(session, build.id):
        if execution.state not in OPEN:
            continue
        if execution.state == "PENDING":
            execution.state, execution.started_at = "RUNNING", clock.now()
        for step in steps_of(session, execution.id):
            if step.state not in OPEN:
                continue
            if step.state == "PENDING":
                step.state, step.started_at = "RUNNING", clock.now()
            build.state = STATES[execution.workflow_type]
            return Current(execution, step, parse(execution.document, execution.workflow_type))
        execution.state, execution.ended_at = "COMPLETED", clock.now()
    return None


def running(session: Session, build: ImageBuild) -> tuple[WorkflowExecution, WorkflowStep] | None:
    """The step that runs."""
    for execution in executions_of(session, build.id):
        for step in steps_of(session, execution.id):
            if step.state == "RUNNING":
                return execution, step
    return None


def context(session: Session, build: ImageBuild, now: Current) -> dict[str, Any]:
    """What paths of the current workflow can name."""
    inputs, infrastructure = build.inputs, build.inputs["infrastructure"]
    parameters = {one.name: one.default for one in now.workflow.parameters} | now.execution.parameters
    done = {
        step.name: step.outputs for step in steps_of(session, now.execution.id) if step.state == "COMPLETED"
    }
    known: dict[str, Any] = {
        "parameters": parameters,
        "stepOutputs": done,
        "imagebuilder": {
            "cloudWatchLogGroup": f"/aws/imagebuilder/{build.name}",
            "cloudWatchLogStream": build.version,
            "collectImageMetadata": bool(inputs.get("metadata", True)),
            "collectImageScanFindings": False,
            "dateTime": clock.iso(clock.now()),
            "imageBuildNumber": build.build,
            "imageId": build.image_id or "",
            "imageName": build.name,
            "imageType": "AMI",
            "imageVersionNumber": build.version.partition("/")[0],
            "instanceProfileName": infrastructure.get("instanceProfileName") or "",
            "platform": "Linux",
            "s3Logs": {},
            "securityGroups": infrastructure.get("securityGroupIds") or [],
            "sourceImageARN": inputs["parentImage"],
            "subnetId": infrastructure.get("subnetId") or "",
            "terminateInstanceOnFailure": infrastructure.get("terminateInstanceOnFailure", True),
            "workflowPhase": now.execution.workflow_type,
            "workingDirectory": inputs.get("workingDirectory") or "/tmp",  # noqa: S108
        },
    }
    earlier: dict[str, Any] = {}
    for execution in executions_of(session, build.id):
        if execution.position < now.execution.position and execution.state == "COMPLETED":
            earlier |= _outputs(session, execution, known)
    return {**known, "workflowOutputs": earlier}


def _outputs(session: Session, execution: WorkflowExecution, known: dict[str, Any]) -> dict[str, Any]:
    """What a workflow that has run says in its `outputs`; without those of steps that did not."""
    workflow = parse(execution.document, execution.workflow_type)
    parameters = {one.name: one.default for one in workflow.parameters} | execution.parameters
    done = {step.name: step.outputs for step in steps_of(session, execution.id) if step.state == "COMPLETED"}
    context = {**known, "parameters": parameters, "stepOutputs": done}
    found = {}
    for name, value in workflow.outputs.items():
        with suppress(InvalidInput):
            found[name] = look_up(value, context) if value.startswith("$") else resolved(value, context)
    return found


def end_step(
    session: Session, step_id: str, state: str, inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    """A step has done its work (COMPLETED), or has none (SKIPPED)."""
    step = session.get_one(WorkflowStep, step_id)
    step.state, step.inputs, step.outputs, step.ended_at = state, inputs, outputs, clock.now()


def fail(session: Session, step_id: str, message: str, inputs: dict[str, Any]) -> bool:
    """A step has failed; whether the build goes on all the same."""
    step = session.get_one(WorkflowStep, step_id)
    step.state, step.message, step.ended_at = "FAILED", message[:2000], clock.now()
    step.inputs = inputs
    if step.on_failure == "Continue":
        return True
    execution = session.get_one(WorkflowExecution, step.execution_id)
    execution.state, execution.message, execution.ended_at = "FAILED", message[:2000], clock.now()
    end_open_steps(session, execution.id, "SKIPPED")
    return execution.workflow_type == "TEST" and execution.on_failure == "CONTINUE"


def end_open_steps(session: Session, execution_id: str, state: str) -> None:
    """End what has not ended of a workflow."""
    for step in steps_of(session, execution_id):
        if step.state in OPEN:
            step.state = state


def end_open(session: Session, build_id: str, state: str) -> None:
    """End what has not ended of a build."""
    for execution in executions_of(session, build_id):
        if execution.state in OPEN:
            execution.state, execution.ended_at = state, clock.now()
            end_open_steps(session, execution.id, state)
