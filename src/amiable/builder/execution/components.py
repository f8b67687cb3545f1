"""ExecuteComponents: the phases of a build's components on an instance, each with a journal of its own.

In the build stage every component's `build` phase runs, in the recipe's order, and the disk is kept in the
cache after each; then every `validate` phase. In the test stage every `test` phase. A failure ends it.
"""

from typing import Any

from sqlalchemy import select

from amiable.builder.actions.call import Reach, StepFailed
from amiable.builder.buckets import Buckets
from amiable.builder.document.model import Document
from amiable.builder.document.parse import parse
from amiable.builder.execution.access import guest_of, reach_of
from amiable.builder.execution.cache import keep_disk
from amiable.builder.execution.reasons import reasons
from amiable.builder.execution.step import ActionFailed, Step
from amiable.builder.guest import Stream
from amiable.builder.journal import Journal
from amiable.builder.outcome import Outcome, Surroundings
from amiable.builder.run import run
from amiable.builder.ssh import SshGuest
from amiable.core.errors import InvalidInput, NotFound
from amiable.model.image_build import WorkflowStep

LONGEST_MESSAGE = 1024


def execute_components(step: Step) -> dict[str, object]:
    """Run the phases of this stage."""
    instance_id = step.inputs["instanceId"]
    components = [(component, parse(component["text"])) for component in step.build.inputs["components"]]
    resumed = _resumed(step, instance_id)
    with guest_of(step, instance_id) as guest:
        reach = reach_of(step, instance_id)
        if step.execution.workflow_type == "BUILD":
            why = reasons(step, resumed)
            for number, (component, document) in enumerate(components, start=1):
                if document.phase("build") is not None and f"why-{number}" not in step.journal:
                    step.say(f"{component['name']}: {why[number - 1]}")
                    step.note(**{f"why-{number}": why[number - 1]})
                if number <= resumed:
                    continue
                ran = _phase(step, guest, reach, number, component, document, "build")
                if ran:
                    guest.run("sync", lambda stream, text: None, seconds=600)
                    keep_disk(step, number, instance_id)
        phase = "validate" if step.execution.workflow_type == "BUILD" else "test"
        for number, (component, document) in enumerate(components, start=1):
            _phase(step, guest, reach, number, component, document, phase)
    return {"status": "Success", "runCommandId": step.row.id, "output": ""}


def _resumed(step: Step, instance_id: str) -> int:
    """How many components were on the instance's disk when it was launched."""
    with step.work.database.read() as session:
        rows = session.scalars(select(WorkflowStep).where(WorkflowStep.execution_id == step.execution.id))
        return max(
            (row.journal.get("resumed", 0) for row in rows if row.journal.get("instance") == instance_id),
            default=0,
        )


def _phase(
    step: Step,
    guest: SshGuest,
    reach: Reach,
    number: int,
    component: dict[str, Any],
    document: Document,
    phase: str,
) -> bool:
    """Run one phase of one component, if it has it; whether it has."""
    if document.phase(phase) is None:
        return False
    name = component["name"]
    key = f"component-{number}-{phase}"

    def log(_: str, step_name: str, stream: Stream, text: str) -> None:
        step.say(text, f"{name}/{phase}/{step_name}", stream)

    def document_of(wanted: str) -> str:
        for other in step.build.inputs["components"]:
            arn = other.get("arn") or ""
            if wanted in (arn, arn.rpartition("/")[0]):  # of the build, or of the version
                return str(other["text"])
        raise NotFound(f"There is no component {wanted} in this recipe.")

    if key not in step.journal:
        step.say(f"{name}: {phase} begins", f"{name}/{phase}")
    before = Journal(step.journal.get(f"component-{number}-build"), lambda data: None)
    journal = Journal(step.journal.get(key), lambda data: step.note(**{key: data}), before)
    directory = step.build.inputs.get("workingDirectory") or "/tmp"  # noqa: S108
    around = Surroundings(
        guest,
        log,
        objects=Buckets(step.work.host.settings, step.where.account_id),
        document_of=document_of,
        directory=directory,
        reach=reach,
    )
    try:
        outcome = run(document, [phase], component["parameters"], journal, around)
    except InvalidInput as wrong:
        raise StepFailed(f"The component {name} cannot be run: {wrong}") from wrong
    if outcome.status != "success":
        raise _failed(component, outcome)
    return True


def _failed(component: dict[str, Any], outcome: Outcome) -> ActionFailed:
    failure = outcome.failure
    assert failure is not None
    lines = "\n".join(failure.lines)
    context = {
        "componentArn": component.get("arn") or component["name"],
        "phaseName": failure.phase,
        "stepName": failure.step,
        "action": failure.action,
        "errorMessage": f"{failure.message}\n{lines}".strip()[-LONGEST_MESSAGE:],
    }
    message = (
        f"The component {component['name']} failed in phase {failure.phase}, step {failure.step} "
        f"({failure.action}): {failure.message}"
    )
    return ActionFailed(message, {"componentFailure": context}, list(failure.lines))
