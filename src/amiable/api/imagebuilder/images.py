"""Images as Image Builder shows them: versions, their builds, packages, policies."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.imagebuilder import arns
from amiable.api.imagebuilder.builds import found_build
from amiable.api.imagebuilder.faults import invalid
from amiable.api.imagebuilder.pipelines import DEFAULT_TEST_MINUTES
from amiable.api.imagebuilder.resource_policies import policy_of
from amiable.api.imagebuilder.resources import found, listed, paged, with_request
from amiable.api.imagebuilder.sharing import check_policy, shared_with
from amiable.api.table import Shape, operation
from amiable.builder.execution.recorded import packages_of
from amiable.builder.execution.stage import executions_of
from amiable.builder.pipelines import KIND as PIPELINE
from amiable.core import clock
from amiable.model.builder_resource import BuilderResource
from amiable.model.image_build import ImageBuild

FILTERS: dict[str, Callable[[Any], object]] = {
    "name": lambda row: row.name,
    "version": lambda row: row.version.partition("/")[0],
    "platform": lambda row: "Linux",
    "osVersion": lambda row: row.os_version,
    "type": lambda row: "AMI",
    "status": lambda row: row.state,
    "buildType": lambda row: row.build_type,
}


def _state(build: ImageBuild) -> Shape:
    shape: Shape = {"status": build.state}
    if build.reason:
        shape["reason"] = build.reason
    if build.failure:
        shape["failureContext"] = build.failure
    return shape


def _summary(build: ImageBuild) -> Shape:
    shape: Shape = {
        "arn": build.arn,
        "name": build.name,
        "type": "AMI",
        "version": build.version,
        "platform": "Linux",
        "state": _state(build),
        "owner": build.account_id,
        "dateCreated": clock.iso(build.created_at),
        "outputResources": {"amis": build.outputs.get("amis", [])},
        "tags": dict(build.tags),
        "buildType": build.build_type,
        "imageSource": "IMPORTED" if build.build_type == "IMPORT" else "CUSTOM",
    }
    if build.os_version:
        shape["osVersion"] = build.os_version
    if build.deprecated_at:
        shape["deprecationTime"] = build.deprecated_at
    if execution := build.outputs.get("lifecycleExecutionId"):
        shape["lifecycleExecutionId"] = execution
    return shape


@operation("imagebuilder", "GetImage")
def get_image(call: Call, request: Shape) -> Shape:
    """A build: its state, what it was made of, its AMIs, why it failed."""
    build = found_build(call, request["imageBuildVersionArn"])
    inputs = build.inputs
    image = _summary(build)
    image.pop("owner")
    workflows = [
        {"workflowArn": one.workflow_arn} for one in executions_of(call.session, build.id) if not one.retried
    ]
    image |= {
        "enhancedImageMetadataEnabled": inputs.get("metadata", True),
        "imageTestsConfiguration": {
            "imageTestsEnabled": inputs["tests"],
            "timeoutMinutes": inputs.get("testMinutes", DEFAULT_TEST_MINUTES),
        },
        "workflows": inputs.get("workflowConfigurations") or workflows,
    }
    if arn := inputs.get("recipeArn"):
        image["imageRecipe"] = {**inputs["recipe"], "arn": arn}
    if arn := inputs.get("infrastructureArn"):
        image["infrastructureConfiguration"] = {**inputs["infrastructure"], "arn": arn}
    if arn := inputs.get("distributionArn"):
        image["distributionConfiguration"] = {**inputs["distribution"], "arn": arn, "timeoutMinutes": 720}
    if build.pipeline_arn:
        image["sourcePipelineArn"] = build.pipeline_arn
        if (pipeline := call.session.get(BuilderResource, build.pipeline_arn)) is not None:
            image["sourcePipelineName"] = pipeline.name
    for member in ("executionRole", "imageScanningConfiguration"):
        if inputs.get(member):
            image[member] = inputs[member]
    return with_request(call, {"image": image, "latestVersionReferences": arns.latest_references(build.arn)})


def _builds(call: Call, owner: str | None) -> list[ImageBuild]:
    """The builds of an owner's scope in this region, newest first."""
    query = select(ImageBuild).where(ImageBuild.region == call.region, ImageBuild.state != "DELETED")
    query = query.order_by(
        ImageBuild.major.desc(), ImageBuild.minor.desc(), ImageBuild.patch.desc(), ImageBuild.build.desc()
    )
    if owner in (None, "Self"):
        return list(call.session.scalars(query.where(ImageBuild.account_id == call.account_id)))
    if owner == "Shared":
        others = query.where(ImageBuild.account_id != call.account_id, ImageBuild.policy.is_not(None))
        return [row for row in call.session.scalars(others) if shared_with(call, row.policy, row.arn)]
    return []


def _newest_first(build: ImageBuild) -> str:
    """A text that is smaller the later a build was made."""
    return f"{2**53 - int(build.created_at.timestamp() * 1e6):016} {build.arn}"


@operation("imagebuilder", "ListImages")
def list_images(call: Call, request: Shape) -> Shape:
    """The versions of images: Self or Shared; with byName, the newest of each name."""
    seen: dict[tuple[Any, ...], ImageBuild] = {}
    for build in _builds(call, request.get("owner")):
        if build.state == "DEPRECATED" and not request.get("includeDeprecated"):
            continue
        version = () if request.get("byName") else (build.major, build.minor, build.patch)
        seen.setdefault((build.account_id, build.slug, *version), build)

    def shape(build: ImageBuild) -> Shape:
        summary = _summary(build)
        kept = ("name", "type", "platform", "osVersion", "owner", "dateCreated", "buildType", "imageSource")
        number = build.version.partition("/")[0]
        arn = build.arn.rsplit("/", 1)[0]
        return {"arn": arn, "version": number, **{key: summary[key] for key in kept if key in summary}}

    rows = list(seen.values())
    return listed(call, "ListImages", request, "imageVersionList", rows, shape, FILTERS)


@operation("imagebuilder", "ListImageBuildVersions")
def list_image_build_versions(call: Call, request: Shape) -> Shape:
    """The builds of a version; of all versions where the ARN has wildcards; all without an ARN.

    Newest first.
    """
    rows = _builds(call, "Self")
    if arn := request.get("imageVersionArn"):
        wanted = arns.parse(arn, "image")
        if wanted.owner != call.account_id:
            rows = _builds(call, "Shared")
        rows = [
            row
            for row in rows
            if row.account_id == wanted.owner and wanted.covers(row.slug, row.major, row.minor, row.patch)
        ]
    return listed(
        call, "ListImageBuildVersions", request, "imageSummaryList", rows, _summary, FILTERS, _newest_first
    )


@operation("imagebuilder", "ListImagePipelineImages")
def list_image_pipeline_images(call: Call, request: Shape) -> Shape:
    """The builds of a pipeline, newest first."""
    pipeline = found(call, request["imagePipelineArn"], PIPELINE, own=True)
    rows = [row for row in _builds(call, "Self") if row.pipeline_arn == pipeline.arn]
    return listed(
        call, "ListImagePipelineImages", request, "imageSummaryList", rows, _summary, FILTERS, _newest_first
    )


@operation("imagebuilder", "ListImagePackages")
def list_image_packages(call: Call, request: Shape) -> Shape:
    """The packages in the image of a build."""
    build = found_build(call, request["imageBuildVersionArn"])
    packages = packages_of(call.session, build)
    rows, token = paged(call, "ListImagePackages", request, packages, "\t".join)
    shapes = [{"packageName": name, "packageVersion": version} for name, version in rows]
    answer = with_request(call, {"imagePackageList": shapes})
    return {**answer, "nextToken": token} if token else answer


@operation("imagebuilder", "PutImagePolicy")
def put_image_policy(call: Call, request: Shape) -> Shape:
    """Share a build with accounts; its AMIs have launch permissions of their own."""
    build = found_build(call, request["imageArn"], own=True, lock=True)
    check_policy(request["policy"], build.arn)
    build.policy = request["policy"]
    return with_request(call, {"imageArn": build.arn})


@operation("imagebuilder", "GetImagePolicy")
def get_image_policy(call: Call, request: Shape) -> Shape:
    """Whom a build is shared with."""
    build = found_build(call, request["imageArn"], own=True)
    return with_request(call, {"policy": policy_of(build.policy, build.arn)})


def owned_build(call: Call, arn: str) -> ImageBuild:
    """The caller's build of exactly this ARN. Raises InvalidParameterValueException for a version's ARN."""
    build = found_build(call, arn, own=True)
    if build.arn != arn:
        raise invalid(f"'{arn}' names a version; give the ARN of a build, such as {build.arn}.")
    return build
