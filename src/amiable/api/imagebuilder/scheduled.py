"""Builds that a schedule starts: `builder.pipelines.Starter`, in the name of the pipeline's owner."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.api.call import Call
from amiable.api.imagebuilder.builds import new_build, parent_image, start_build
from amiable.api.imagebuilder.resources import found
from amiable.api.perform import Performer
from amiable.model.builder_resource import BuilderResource
from amiable.model.image_build import ImageBuild
from amiable.protocol.faults import Fault

BUILT = ("AVAILABLE", "DEPRECATED", "DISABLED", "DELETED")


class ScheduledBuilds:
    """See `Starter`."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer

    def start(self, session: Session, pipeline: BuilderResource, *, only_changed: bool) -> str | None:
        """See `Starter`."""
        call = self._performer.call_for(session, pipeline.account_id, pipeline.region)
        tags = dict(pipeline.data.get("imageTags") or {})
        try:
            with session.begin_nested():
                if only_changed and not _changed(call, pipeline):
                    return None
                return start_build(call, pipeline.data, pipeline.arn, tags, "SCHEDULED").arn
        except Fault as fault:
            return _failed(call, pipeline, tags, fault).arn


def _changed(call: Call, pipeline: BuilderResource) -> bool:
    """Whether the recipe, the AMI behind its parent image or the builds of its components are others now.

    Others than those of the last build that succeeded: one that failed is tried again.
    """
    query = select(ImageBuild).where(ImageBuild.pipeline_arn == pipeline.arn, ImageBuild.state.in_(BUILT))
    last = call.session.scalar(query.order_by(ImageBuild.created_at.desc()).limit(1))
    if last is None:
        return True
    recipe = found(call, pipeline.data["imageRecipeArn"], "image-recipe")
    used = (
        last.inputs["recipeArn"],
        last.inputs["parentImage"],
        [one["arn"] for one in last.inputs["components"]],
    )
    components = [
        found(call, one["componentArn"], "component") for one in recipe.data.get("components") or ()
    ]
    return used != (
        recipe.arn,
        parent_image(call, recipe.data["parentImage"]),
        [one.arn for one in components],
    )


def _failed(call: Call, pipeline: BuilderResource, tags: dict[str, str], fault: Fault) -> ImageBuild:
    """A build that failed before it began: it is listed, and counts."""
    name, slug, version = pipeline.name, pipeline.slug, "0.0.0"
    build = new_build(call, name, slug, version, {"tests": False}, pipeline.arn, tags, "SCHEDULED")
    build.state, build.ended_at = "FAILED", call.now
    build.reason = f"The build could not begin: {fault.code}: {fault.message}"
    build.failure = {"imageStatus": "PENDING"}
    return build
