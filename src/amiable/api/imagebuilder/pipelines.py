"""Image pipelines: a recipe, its configurations and a schedule; each execution is a build of the image.

    ENABLED ◄──► DISABLED      by UpdateImagePipeline, and by itself when scheduled builds fail in a row

A disabled pipeline is not started by its schedule; by hand it is.
"""

from datetime import UTC, datetime

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.imagebuilder.configurations import replace
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.resources import (
    add,
    check_tags,
    deleted,
    found,
    listed,
    of_owner,
    one_of,
    with_request,
)
from amiable.api.imagebuilder.shapes import configuration
from amiable.api.table import Shape, operation
from amiable.builder.pipelines import KIND, ONLY_CHANGED, failures_in_a_row, under_way
from amiable.builder.schedule import parse as parse_schedule
from amiable.builder.workflow.parameters import values
from amiable.builder.workflow.parse import parse as parse_workflow
from amiable.core import clock
from amiable.core.errors import InvalidInput
from amiable.model.builder_resource import BuilderResource
from amiable.model.image_build import ImageBuild
from amiable.protocol.faults import Fault

DEFAULT_FAILURES = 5
EPOCH = datetime.fromtimestamp(0, UTC)
DEFAULT_TEST_MINUTES = 720
MEMBERS = (
    "description",
    "enhancedImageMetadataEnabled",
    "imageRecipeArn",
    "infrastructureConfigurationArn",
    "distributionConfigurationArn",
    "imageTestsConfiguration",
    "imageScanningConfiguration",
    "schedule",
    "imageTags",
    "executionRole",
    "workflows",
)
FILTERS = {
    "name": lambda row: row.name,
    "description": lambda row: row.data.get("description"),
    "status": lambda row: row.state,
    "imageRecipeArn": lambda row: row.data["imageRecipeArn"],
    "infrastructureConfigurationArn": lambda row: row.data["infrastructureConfigurationArn"],
    "distributionConfigurationArn": lambda row: row.data.get("distributionConfigurationArn"),
}


def check_parts(call: Call, request: Shape) -> None:
    """Raise the fault of a build's parts that are not there or cannot be done here."""
    if one_of(request, "imageRecipeArn", "containerRecipeArn") == "containerRecipeArn":
        raise refused("containerRecipeArn: containers are not built here.")
    found(call, request["imageRecipeArn"], "image-recipe")
    found(call, request["infrastructureConfigurationArn"], "infrastructure-configuration", own=True)
    if arn := request.get("distributionConfigurationArn"):
        found(call, arn, "distribution-configuration", own=True)
    scanning = request.get("imageScanningConfiguration") or {}
    if scanning.get("imageScanningEnabled"):
        raise refused("imageScanningConfiguration: there is no scanner for known vulnerabilities here.")
    if request.get("loggingConfiguration"):
        raise refused(
            "loggingConfiguration: logs are kept by the server; read them with GetBuildLog (amiable)."
        )
    for workflow in request.get("workflows") or ():
        workflow_values(found(call, workflow["workflowArn"], "workflow"), workflow)


def workflow_values(row: BuilderResource, wanted: Shape) -> Shape:
    """The values of a workflow's parameters. Raises InvalidParameterValueException for wrong ones."""
    given = {one["name"]: one["value"] for one in wanted.get("parameters") or ()}
    try:
        return values(parse_workflow(row.data["data"], str(row.resource_type)).parameters, given)
    except InvalidInput as wrong:
        raise invalid(f"The workflow {row.arn} {wrong}") from wrong


def _data(call: Call, request: Shape) -> Shape:
    check_parts(call, request)
    check_tags(request.get("imageTags") or {})
    schedule = dict(request.get("schedule") or {})
    if schedule:
        if not schedule.get("scheduleExpression"):
            raise invalid("A schedule needs scheduleExpression.")
        try:
            times = parse_schedule(schedule["scheduleExpression"], schedule.get("timezone"))
        except InvalidInput as wrong:
            raise invalid(str(wrong)) from wrong
        if times.after(EPOCH, EPOCH) is None:
            raise invalid(f"{schedule['scheduleExpression']} names a time that never comes.")
        schedule.setdefault("timezone", "UTC")
        schedule.setdefault("pipelineExecutionStartCondition", ONLY_CHANGED)
        schedule.setdefault("autoDisablePolicy", {"failureCount": DEFAULT_FAILURES})
    return {
        **{key: request.get(key) for key in MEMBERS},
        "schedule": schedule or None,
        "enhancedImageMetadataEnabled": request.get("enhancedImageMetadataEnabled", True),
        "imageTestsConfiguration": {
            "imageTestsEnabled": True,
            "timeoutMinutes": DEFAULT_TEST_MINUTES,
            **(request.get("imageTestsConfiguration") or {}),
        },
    }


@operation("imagebuilder", "CreateImagePipeline")
def create_image_pipeline(call: Call, request: Shape) -> Shape:
    """Make a pipeline, with a schedule if one is given."""
    state = request.get("status") or "ENABLED"
    arn = add(call, "CreateImagePipeline", request, KIND, _data(call, request), state=state)
    return with_request(call, {"clientToken": request["clientToken"], "imagePipelineArn": arn})


@operation("imagebuilder", "UpdateImagePipeline")
def update_image_pipeline(call: Call, request: Shape) -> Shape:
    """Replace what a pipeline says; a failure count begins anew."""
    arn = request["imagePipelineArn"]
    state = request.get("status")
    replace(call, "UpdateImagePipeline", request, arn, KIND, _data(call, request), state=state)
    return with_request(call, {"clientToken": request["clientToken"], "imagePipelineArn": arn})


def _next_run(row: BuilderResource, now: datetime) -> datetime | None:
    """When the schedule of an enabled pipeline starts it next."""
    schedule = row.data.get("schedule")
    if not schedule or row.state != "ENABLED":
        return None
    try:
        times = parse_schedule(schedule["scheduleExpression"], schedule["timezone"])
    except InvalidInput:  # a zone that is known no more
        return None
    return times.after(now, row.created_at)


def _shape(call: Call, row: BuilderResource) -> Shape:
    shape: Shape = {**configuration(row, *MEMBERS), "platform": "Linux", "status": row.state}
    shape["consecutiveFailures"] = failures_in_a_row(call.session, row)
    query = select(ImageBuild.created_at, ImageBuild.state).where(ImageBuild.pipeline_arn == row.arn)
    last = call.session.execute(query.order_by(ImageBuild.created_at.desc()).limit(1)).first()
    if last is not None:
        shape["dateLastRun"], shape["lastRunStatus"] = clock.iso(last.created_at), last.state
    if (moment := _next_run(row, call.now)) is not None:
        shape["dateNextRun"] = clock.iso(moment)
    return shape


@operation("imagebuilder", "GetImagePipeline")
def get_image_pipeline(call: Call, request: Shape) -> Shape:
    """A pipeline, with its last and next run."""
    row = found(call, request["imagePipelineArn"], KIND, own=True)
    return with_request(call, {"imagePipeline": _shape(call, row)})


@operation("imagebuilder", "ListImagePipelines")
def list_image_pipelines(call: Call, request: Shape) -> Shape:
    """The caller's pipelines."""
    rows = of_owner(call, KIND, "Self")
    return listed(
        call, "ListImagePipelines", request, "imagePipelineList", rows, lambda row: _shape(call, row), FILTERS
    )


@operation("imagebuilder", "DeleteImagePipeline")
def delete_image_pipeline(call: Call, request: Shape) -> Shape:
    """Delete a pipeline; its images stay."""
    arn = request["imagePipelineArn"]
    if under_way(call.session, found(call, arn, KIND, own=True).arn):
        raise Fault("ResourceDependencyException", f"A build of {arn} is under way: cancel it first.")
    return with_request(call, {"imagePipelineArn": deleted(call, arn, KIND)})
