"""image-build: the story that carries a build through its workflows.

    begin ──► work ──► work … ──► record ──► clean_up ──► done        AVAILABLE, FAILED or CANCELLED
      │         ├─ a step failed ──┘          │
      │         └─ the build was cancelled ───┘
      └─ nothing has changed since an image that is there: its workflows but the distribution are SKIPPED

work       runs one step of a workflow and saves how it ended; a step that waits is run again later
record     has the image that was made inspected, and keeps which report is the build's. An image that cannot
           be read is no failure of the build: the report says why
clean_up   ends the instances of the build and removes their keys and groups, however the build ended; only
           then its last state is shown. A failed build's instance stays if its configuration says so, without
           the key pair that it no longer needs; its group goes after it (left_groups.py).
"""

from typing import Any

from sqlalchemy.orm import Session

from amiable.builder.actions.call import StepFailed
from amiable.builder.cloud import Refused, Where
from amiable.builder.execution import components, distribution, imaging, machines, other, stage
from amiable.builder.execution.access import access_name
from amiable.builder.execution.cache import finished_image, keep_image
from amiable.builder.execution.logs import BuildLog, log_path
from amiable.builder.execution.step import SOON, TAG, ActionFailed, BuilderHost, Cancelled, Later, Step
from amiable.builder.workflow.actions import NOT_HERE, not_here
from amiable.builder.workflow.parse import WorkflowStep as WorkflowStepText
from amiable.builder.workflow.resolve import holds, resolved
from amiable.core import clock
from amiable.core.errors import InvalidInput
from amiable.flows.inspect import report_of
from amiable.flows.story import Done, Goto, Next, Wait, Work, story
from amiable.model.image import Image
from amiable.model.image_build import ImageBuild, WorkflowExecution, WorkflowStep

ACTIONS = {
    "LaunchInstance": machines.launch_instance,
    "WaitForSSMAgent": machines.wait_for_agent,
    "TerminateInstance": machines.terminate_instance,
    "ExecuteComponents": components.execute_components,
    "CollectImageMetadata": imaging.collect_metadata,
    "SanitizeInstance": imaging.sanitize_instance,
    "CreateImage": imaging.create_image,
    "RunCommand": other.run_command,
    "WaitForAction": other.wait_for_action,
    "DistributeImage": distribution.distribute_image,
    "ModifyImageAttributes": distribution.modify_attributes,
    "ApplyImageConfigurations": distribution.apply_configurations,
}
CANCELLED = "The build was cancelled."


def _log(work: Work[BuilderHost]) -> BuildLog:
    return BuildLog(log_path(work.host.settings.data_dir, work.subject))


def _tell(work: Work[BuilderHost], text: str) -> None:
    """Write to the log what no step says."""
    _log(work).write(text, workflow="", step="", component="", stream="stdout")


def _at_edge(work: Work[BuilderHost], build: ImageBuild, execution: WorkflowExecution) -> Step:
    """A step that stands for the beginning or the end of a build."""
    return Step(work, build, execution, WorkflowStep(name="", journal={}), {}, _log(work))


def begin(work: Work[BuilderHost]) -> Next:
    """Look whether an image of the same inputs is there already."""
    with work.transaction() as session:
        build = session.get_one(ImageBuild, work.subject)
        if build.state == "PENDING":
            build.state = "CREATING"
        executions = stage.executions_of(session, build.id)
    if build.image_id is not None or not executions:
        return Goto("work")  # a retry, or a distribution alone
    step = _at_edge(work, build, executions[0])
    image_id = finished_image(step)
    if image_id is None:
        return Goto("work")
    step.say(f"Nothing has changed since {image_id} was built: it is used again")
    with work.transaction() as session:
        build = session.get_one(ImageBuild, work.subject)
        build.image_id = image_id
        build.reason = f"Nothing has changed since {image_id} was built."
        for execution in stage.executions_of(session, build.id):
            if execution.workflow_type != "DISTRIBUTION":
                execution.state, execution.message = "SKIPPED", build.reason
                stage.end_open_steps(session, execution.id, "SKIPPED")
    return Goto("work")


def run_step(work: Work[BuilderHost]) -> Next:
    """Run the step that is next."""
    with work.transaction() as session:
        build = session.get_one(ImageBuild, work.subject)
        if build.cancel_asked:
            return _cancelled(work)
        now = stage.current(session, build)
        if now is None:
            build.state = "INTEGRATING"
            return Goto("record")
        known = stage.context(session, build, now)
    step = Step(work, build, now.execution, now.step, {}, _log(work))
    try:
        ending = _act(step, next(one for one in now.workflow.steps if one.name == now.step.name), known)
    except Later as later:
        return Wait(later.seconds)
    except Cancelled:
        return _cancelled(work)
    except (StepFailed, Refused, InvalidInput) as failed:
        return _failed(work, step, failed)
    with work.transaction() as session:
        stage.end_step(session, now.step.id, *ending)
    return Goto("work")


def _act(
    step: Step, written: WorkflowStepText, known: dict[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Do what a step says: its last state, inputs and outputs."""
    if written.condition is not None and not holds(written.condition, known):
        return "SKIPPED", {}, {}
    if written.action in NOT_HERE:
        raise StepFailed(f"{not_here(written.action)}.")
    step.inputs.update(resolved(written.inputs, known))
    return "COMPLETED", step.inputs, ACTIONS[written.action](step)


run_step.__name__ = "work"


def _cancelled(work: Work[BuilderHost]) -> Next:
    work.state["ending"] = "CANCELLED"
    return Goto("clean_up")


def _failed(work: Work[BuilderHost], step: Step, failed: Exception) -> Next:
    lines = getattr(failed, "lines", [])
    step.say(str(failed), stream="stderr")
    with work.transaction() as session:
        if stage.fail(session, step.row.id, str(failed), step.inputs):
            return Goto("work")
        build = session.get_one(ImageBuild, work.subject)
        build.reason = str(failed)[:4000]
        more = failed.context if isinstance(failed, ActionFailed) else {}
        build.failure = {**_context(build, step.execution, step.row), **more}
    work.state["ending"] = "FAILED"
    work.state["lines"] = lines[-20:]
    return Goto("record")


def _context(build: ImageBuild, execution: WorkflowExecution, row: WorkflowStep) -> dict[str, Any]:
    """What failureContext says of a step that failed."""
    return {
        "imageStatus": build.state,
        "workflowExecutionId": execution.id,
        "workflowArn": execution.workflow_arn,
        "stepExecutionId": row.id,
        "failedStep": row.name,
    }


def record(work: Work[BuilderHost]) -> Next:
    """Wait for the report of the image, if one was made."""
    with work.transaction() as session:
        build = session.get_one(ImageBuild, work.subject)
        image = session.get(Image, build.image_id) if build.image_id else None
        if image is None or image.state != "available" or not build.inputs.get("metadata", True):
            return Goto("clean_up")
        report = report_of(session, image)
        build.inspection_id = report.id
        if report.state == "pending" and not build.cancel_asked:  # nothing else is left to cancel
            return Wait(SOON)
    said = f": {report.state_message}" if report.state_message else ""
    _tell(work, f"The inspection of {image.id} is {report.state}{said}")
    return Goto("clean_up")


def clean_up(work: Work[BuilderHost]) -> Next:
    """Leave nothing of the build but its images, and show how it ended."""
    ending = work.state.get("ending", "AVAILABLE")
    with work.database.read() as session:
        build = session.get_one(ImageBuild, work.subject)
        executions = stage.executions_of(session, build.id)
        rows = _launches(session, build.id)
    where = Where(build.account_id, build.region)
    infrastructure = build.inputs["infrastructure"]
    member = "terminateInstanceOnFailure" if ending == "FAILED" else "terminateInstanceOnCompletion"
    kept = not infrastructure.get(member, True) and ending != "CANCELLED"
    if kept:
        _no_access(work, where, rows)
    elif not _all_gone(work, where, rows):
        return Wait(SOON)
    _discard_unfinished(work, build)
    built = [one for one in executions if one.workflow_type == "BUILD" and one.state == "COMPLETED"]
    if ending == "AVAILABLE" and built and build.image_id:
        keep_image(_at_edge(work, build, built[0]), build.image_id)  # only now: it has passed its tests
    with work.transaction() as session:
        build = session.get_one(ImageBuild, work.subject)
        build.state, build.ended_at, build.cancel_asked = ending, clock.now(), False
        build.outputs = {"amis": _amis(work, session, build)}
        if ending != "AVAILABLE":
            build.reason = CANCELLED if ending == "CANCELLED" else build.reason
            stage.end_open(session, build.id, "CANCELLED")
    _tell(work, f"The build is {ending}.")
    return Done()


def _launches(session: Session, build_id: str) -> list[WorkflowStep]:
    """The steps of a build that launch instances."""
    return [
        step
        for execution in stage.executions_of(session, build_id)
        for step in stage.steps_of(session, execution.id)
        if step.action == "LaunchInstance"
    ]


def _all_gone(work: Work[BuilderHost], where: Where, rows: list[WorkflowStep]) -> bool:
    """End the build's instances and remove what gave access to them; False while some are ending."""
    cloud = work.host.cloud
    left = cloud.instances_of(where, TAG, work.subject)
    for instance in left:
        cloud.terminate(where, instance.id)
    return not left and _no_access(work, where, rows)


def _no_access(work: Work[BuilderHost], where: Where, rows: list[WorkflowStep]) -> bool:
    """Remove what the build's instances were made with; False while one of them has its group."""
    cloud = work.host.cloud
    for row in rows:
        if temporary := row.journal.get("temporary"):
            cloud.deregister(where, temporary)
    gone = [cloud.remove_access(where, access_name(row.id)) for row in rows if row.journal.get("key")]
    return all(gone)


def _discard_unfinished(work: Work[BuilderHost], build: ImageBuild) -> None:
    """Remove the images that steps began to make and did not: they were cancelled, or took too long."""
    with work.database.read() as session:
        begun = {
            step.journal["image"]
            for execution in stage.executions_of(session, build.id)
            for step in stage.steps_of(session, execution.id)
            if step.action == "CreateImage" and step.state != "COMPLETED" and "image" in step.journal
        }
    for image_id in begun - {build.image_id}:
        work.host.cloud.deregister(Where(build.account_id, build.region), image_id, snapshots=True)


def _amis(work: Work[BuilderHost], session: Session, build: ImageBuild) -> list[dict[str, Any]]:
    """outputResources: every image of the build, where it is; if it failed, as far as it came."""
    found = {Where(build.account_id, build.region): build.image_id}
    for execution in stage.executions_of(session, build.id):
        for step in stage.steps_of(session, execution.id):
            found.update(distribution.copies_of(step.journal))
    shown = []
    for where, image_id in found.items():
        image = work.host.cloud.image(where, image_id) if image_id else None
        if image is not None and image.state in ("pending", "available"):
            place = {"region": where.region, "accountId": where.account_id}
            state = {"status": image.state.upper()}
            shown.append({**place, "image": image.id, "name": image.name, "state": state})
    return shown


def failed(work: Work[BuilderHost], reason: str) -> None:
    """Something that no step foresees: the build has failed, and its instances go."""
    with work.transaction() as session:
        build = session.get_one(ImageBuild, work.subject)
        build.reason = reason[:4000]
        if not build.failure:
            build.failure = {"imageStatus": build.state}
            if now := stage.running(session, build):
                build.failure = _context(build, *now)
                stage.fail(session, now[1].id, reason, now[1].inputs)
        launches = _launches(session, build.id)
        where = Where(build.account_id, build.region)
    while not _all_gone(work, where, launches):
        clock.sleep(1)
    _discard_unfinished(work, build)
    with work.transaction() as session:
        build = session.get_one(ImageBuild, work.subject)
        build.state, build.ended_at, build.cancel_asked = "FAILED", clock.now(), False
        build.outputs = {"amis": _amis(work, session, build)}
        stage.end_open(session, build.id, "CANCELLED")


image_build = story("image-build", begin, run_step, record, clean_up, failed=failed)
BUILDER_STORIES = {image_build.kind: image_build}
"""The stories of the builder, by kind."""
