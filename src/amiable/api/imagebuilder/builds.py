"""Builds: made of a recipe and configurations, cancelled, retried, distributed, deleted.

Everything that a build depends on is resolved and kept with it when it is asked for (`ImageBuild.inputs`):
the AMI behind parentImage, the exact builds of components and workflows, their documents. What changes later
changes the next build.
"""

from typing import Any

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.imagebuilder import arns
from amiable.api.imagebuilder.distribution import KIND as DISTRIBUTION
from amiable.api.imagebuilder.faults import depended_on, invalid, not_found, refused
from amiable.api.imagebuilder.infrastructure import KIND as INFRASTRUCTURE
from amiable.api.imagebuilder.pipelines import DEFAULT_TEST_MINUTES, check_parts, workflow_values
from amiable.api.imagebuilder.recipes import shape_of as recipe_shape
from amiable.api.imagebuilder.resources import check_tags, found, with_request
from amiable.api.imagebuilder.shapes import configuration
from amiable.api.imagebuilder.sharing import accounts_of, shared_with
from amiable.api.parameters import find as find_parameter
from amiable.api.table import Shape, operation
from amiable.builder.execution.cache import CONSTANT, NEVER
from amiable.builder.execution.stage import add_execution, end_open, executions_of
from amiable.builder.pipelines import KIND as PIPELINE
from amiable.builder.workflow.managed import managed, managed_arn
from amiable.core import ids
from amiable.model.builder_resource import BuilderResource, resources_using
from amiable.model.flow import enqueue
from amiable.model.image_build import UNDER_WAY, ImageBuild
from amiable.protocol.faults import Fault

STAGES = ("BUILD", "TEST", "DISTRIBUTION")


@operation("imagebuilder", "CreateImage")
def create_image(call: Call, request: Shape) -> Shape:
    """Build an image of a recipe now, without a pipeline."""
    check_parts(call, request)
    arn = _started(call, "CreateImage", request, request, None, request.get("tags") or {})
    references = arns.latest_references(arn)
    answer = {"clientToken": request["clientToken"], "imageBuildVersionArn": arn}
    return with_request(call, {**answer, "latestVersionReferences": references})


@operation("imagebuilder", "StartImagePipelineExecution")
def start_image_pipeline_execution(call: Call, request: Shape) -> Shape:
    """Build an image by a pipeline now, whatever its schedule."""
    pipeline = found(call, request["imagePipelineArn"], PIPELINE, own=True)
    tags = {**(pipeline.data.get("imageTags") or {}), **(request.get("tags") or {})}
    arn = _started(call, "StartImagePipelineExecution", request, pipeline.data, pipeline.arn, tags)
    return with_request(call, {"clientToken": request["clientToken"], "imageBuildVersionArn": arn})


def _started(
    call: Call, operation_: str, request: Shape, parts: Shape, pipeline: str | None, tags: dict[str, str]
) -> str:
    if known := made_before(call, operation_, request):
        return known
    check_tags(tags)
    build = start_build(call, parts, pipeline, tags)
    remember(call, operation_, request, build.arn)
    return build.arn


def start_build(
    call: Call, parts: Shape, pipeline: str | None, tags: dict[str, str], build_type: str = "USER_INITIATED"
) -> ImageBuild:
    """A new build of the recipe and configurations that `parts` names, and its story."""
    recipe = found(call, parts["imageRecipeArn"], "image-recipe")
    infrastructure = found(call, parts["infrastructureConfigurationArn"], INFRASTRUCTURE, own=True)
    distribution = None
    if arn := parts.get("distributionConfigurationArn"):
        distribution = found(call, arn, DISTRIBUTION, own=True)
    tests = parts.get("imageTestsConfiguration") or {}
    instance = recipe.data.get("additionalInstanceConfiguration") or {}
    inputs = {
        "recipeArn": recipe.arn,
        "recipe": recipe_shape(call, recipe),
        "description": recipe.data.get("description"),
        "parentImage": parent_image(call, recipe.data["parentImage"]),
        "components": [_component(call, one) for one in recipe.data.get("components") or ()],
        "workingDirectory": recipe.data.get("workingDirectory"),
        "blockDeviceMappings": recipe.data.get("blockDeviceMappings"),
        "userData": instance.get("userDataOverride"),
        "amiTags": recipe.data.get("amiTags"),
        "amiWatermarks": recipe.data.get("amiWatermarks"),
        "infrastructureArn": infrastructure.arn,
        "infrastructure": configuration(infrastructure),
        "distributionArn": distribution.arn if distribution else None,
        "distribution": configuration(distribution) if distribution else None,
        "tests": tests.get("imageTestsEnabled", True),
        "testMinutes": tests.get("timeoutMinutes", DEFAULT_TEST_MINUTES),
        "cache": _cached(tags),
        "metadata": parts.get("enhancedImageMetadataEnabled", True),
        "executionRole": parts.get("executionRole"),
        "workflowConfigurations": parts.get("workflows"),
        "imageScanningConfiguration": parts.get("imageScanningConfiguration"),
    }
    version = str(recipe.version)
    build = new_build(call, recipe.name, recipe.slug, version, inputs, pipeline, tags, build_type)
    _add_workflows(call, build, parts.get("workflows") or [])
    enqueue(call.session, "image-build", build.id)
    return build


def _cached(tags: dict[str, str]) -> bool:
    """Whether a build may use the cache: its tag says so. Raises InvalidParameterValueException."""
    wanted = tags.get(CONSTANT)
    if wanted not in (None, NEVER):
        raise invalid(f"The tag {CONSTANT} of a build can only have the value {NEVER}.")
    return wanted is None


def new_build(
    call: Call,
    name: str,
    slug: str,
    version: str,
    inputs: Shape,
    pipeline: str | None,
    tags: dict[str, str],
    build_type: str,
) -> ImageBuild:
    """The row of a new build: the next one of its version."""
    major, minor, patch = (part or 0 for part in arns.parse_version(version))
    same = select(func.max(ImageBuild.build)).where(
        ImageBuild.account_id == call.account_id,
        ImageBuild.region == call.region,
        ImageBuild.slug == slug,
        ImageBuild.major == major,
        ImageBuild.minor == minor,
        ImageBuild.patch == patch,
    )
    number = (call.session.scalar(same) or 0) + 1
    build = ImageBuild(
        id=ids.new_id("build"),
        arn=arns.made(call.region, call.account_id, "image", slug, version, number),
        region=call.region,
        account_id=call.account_id,
        name=name,
        slug=slug,
        major=major,
        minor=minor,
        patch=patch,
        build=number,
        build_type=build_type,
        failure={},
        pipeline_arn=pipeline,
        inputs=inputs,
        outputs={},
        tags=tags,
        created_at=call.now,
    )
    call.session.add(build)
    call.session.flush()
    return build


def _add_workflows(call: Call, build: ImageBuild, wanted: list[Shape]) -> None:
    """The workflows of a build: those that were asked for, and managed ones for the stages without any."""
    rows = [(found(call, one["workflowArn"], "workflow"), one) for one in wanted]
    used: dict[str, list[Any]] = {}
    for stage in STAGES:
        if stage == "TEST" and not build.inputs["tests"]:
            continue
        chosen = [(row, one) for row, one in rows if row.resource_type == stage]
        if stage == "DISTRIBUTION" and not build.inputs["distribution"] and not chosen:
            continue
        for row, one in chosen:
            parameters = workflow_values(row, one)
            on_failure = one.get("onFailure") or "ABORT"
            add_execution(call.session, build, stage, row.arn, row.data["data"], parameters, on_failure)
            used.setdefault(stage, []).append([row.data["data"], parameters])
        if not chosen:
            add_execution(call.session, build, stage, managed_arn(build.region, stage), managed(stage), {})
    build.inputs = {**build.inputs, "workflows": used}


def _component(call: Call, one: Shape) -> Shape:
    row = found(call, one["componentArn"], "component")
    if row.state == "DISABLED":
        raise refused(f"The component {row.arn} is disabled.")
    parameters = {pair["name"]: pair["value"][0] for pair in one.get("parameters") or ()}
    return {"arn": row.arn, "name": row.name, "text": row.data["data"], "parameters": parameters}


def parent_image(call: Call, parent: str) -> str:
    """The AMI that a recipe's parentImage is now. Raises InvalidParameterValueException."""
    if parent.startswith("ssm:"):
        try:
            return find_parameter(call, parent.removeprefix("ssm:")).value
        except Fault as fault:
            raise invalid(f"The parent image {parent} is not there: {fault.message}") from fault
    if not parent.startswith("arn:"):
        return parent
    build = found_build(call, parent)
    images = [one["image"] for one in build.outputs.get("amis", ()) if one["region"] == call.region]
    if build.state != "AVAILABLE" or not images:
        raise invalid(f"The parent image {parent} is not available in {call.region}.")
    return str(images[0])


def found_build(call: Call, arn: str, *, own: bool = False, lock: bool = False) -> ImageBuild:
    """The build that an ARN names; the newest available one, if it has wildcards or no build."""
    wanted = arns.parse(arn, "image")
    query = select(ImageBuild).where(
        ImageBuild.region == wanted.region,
        ImageBuild.account_id == wanted.owner,
        ImageBuild.slug == wanted.slug,
        ImageBuild.state != "DELETED",
    )
    columns = (ImageBuild.major, ImageBuild.minor, ImageBuild.patch)
    for column, part in zip(columns, wanted.version or (), strict=False):
        if part is not None:
            query = query.where(column == part)
    if wanted.build is not None:
        query = query.where(ImageBuild.build == wanted.build)
    else:
        query = query.where(ImageBuild.state == "AVAILABLE")
    query = query.order_by(*(column.desc() for column in (*columns, ImageBuild.build))).limit(1)
    build = call.session.scalar(query.with_for_update() if lock else query)
    if build is None or wanted.region != call.region:
        raise not_found(arn)
    if build.account_id != call.account_id and (own or not shared_with(call, build.policy, build.arn)):
        raise not_found(arn)
    return build


@operation("imagebuilder", "CancelImageCreation")
def cancel_image_creation(call: Call, request: Shape) -> Shape:
    """End a build that is under way; its instances go."""
    build = found_build(call, request["imageBuildVersionArn"], own=True, lock=True)
    answer = {"clientToken": request["clientToken"], "imageBuildVersionArn": build.arn}
    if made_before(call, "CancelImageCreation", request) is None:
        if build.state not in UNDER_WAY:
            raise refused(f"The build {build.arn} is {build.state}: there is nothing to cancel.")
        build.cancel_asked = True
        remember(call, "CancelImageCreation", request, build.arn)
    return with_request(call, answer)


@operation("imagebuilder", "RetryImage")
def retry_image(call: Call, request: Shape) -> Shape:
    """Take up a build that failed or was cancelled after its image was made: tests and distribution again."""
    build = found_build(call, request["imageBuildVersionArn"], own=True, lock=True)
    answer = {"clientToken": request["clientToken"], "imageBuildVersionArn": build.arn}
    if made_before(call, "RetryImage", request):
        return answer
    if build.state not in ("FAILED", "CANCELLED"):
        raise refused(f"The build {build.arn} is {build.state}: only failed and cancelled ones are retried.")
    if build.image_id is None:
        raise refused(f"The build {build.arn} made no image: start a new build, the cache shortens it.")
    for execution in executions_of(call.session, build.id):
        if (
            execution.workflow_type == "BUILD"
            or execution.state in ("COMPLETED", "SKIPPED")
            or execution.retried
        ):
            continue
        execution.retried = True
        add_execution(
            call.session,
            build,
            execution.workflow_type,
            execution.workflow_arn,
            execution.document,
            execution.parameters,
            execution.on_failure,
        )
    build.state, build.reason, build.failure, build.ended_at = "PENDING", None, {}, None
    build.cancel_asked = False
    enqueue(call.session, "image-build", build.id)
    remember(call, "RetryImage", request, build.arn)
    return answer


@operation("imagebuilder", "DistributeImage")
def distribute_image(call: Call, request: Shape) -> Shape:
    """Distribute an image that is there: the distribution stage alone, as a build of its own."""
    if known := made_before(call, "DistributeImage", request):
        return {"clientToken": request["clientToken"], "imageBuildVersionArn": known}
    if not request["sourceImage"].startswith("arn:"):
        raise refused("sourceImage must be the ARN of an image of Image Builder.")
    if request.get("loggingConfiguration"):
        raise refused("loggingConfiguration: logs are kept by the server.")
    source = found_build(call, request["sourceImage"], own=True)
    distribution: BuilderResource = found(
        call, request["distributionConfigurationArn"], DISTRIBUTION, own=True
    )
    image_id = parent_image(call, source.arn)
    inputs = {
        "infrastructure": {},  # an imported image was built of nothing
        "parentImage": image_id,
        **source.inputs,
        "distributionArn": distribution.arn,
        "distribution": configuration(distribution),
        "executionRole": request["executionRole"],
        "workflowConfigurations": None,
    }
    version = source.version.partition("/")[0]
    tags = dict(request.get("tags") or {})
    build = new_build(call, source.name, source.slug, version, inputs, None, tags, "USER_INITIATED")
    build.image_id = image_id
    add_execution(
        call.session,
        build,
        "DISTRIBUTION",
        managed_arn(call.region, "DISTRIBUTION"),
        managed("DISTRIBUTION"),
        {},
    )
    enqueue(call.session, "image-build", build.id)
    remember(call, "DistributeImage", request, build.arn)
    return {"clientToken": request["clientToken"], "imageBuildVersionArn": build.arn}


@operation("imagebuilder", "DeleteImage")
def delete_image(call: Call, request: Shape) -> Shape:
    """Forget a build; its AMIs stay."""
    build = found_build(call, request["imageBuildVersionArn"], own=True, lock=True)
    if build.state in UNDER_WAY:
        raise Fault("ResourceDependencyException", f"The build {build.arn} is under way: cancel it first.")
    if build.policy and (friends := accounts_of(build.policy, build.arn)):
        raise Fault(
            "ResourceDependencyException",
            f"{build.arn} is shared with {', '.join(sorted(friends))}: put a policy without statements.",
        )
    if users := resources_using(call.session, call.account_id, call.region, build.arn):
        raise depended_on(build.arn, users)
    end_open(call.session, build.id, "CANCELLED")
    build.state = "DELETED"
    return with_request(call, {"imageBuildVersionArn": build.arn})
