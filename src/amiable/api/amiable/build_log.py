"""GetBuildLog: what a build has written so far; AWS keeps that in CloudWatch."""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.table import Shape, operation
from amiable.builder.execution.logs import log_path, read
from amiable.model.image_build import UNDER_WAY, ImageBuild

LINES = 1000


def asked_build(call: Call, request: Shape) -> ImageBuild:
    """The caller's build that a request names. Raises InvalidParameterValue."""
    build = call.session.scalar(
        select(ImageBuild).where(
            ImageBuild.arn == request["ImageBuildVersionArn"],
            ImageBuild.account_id == call.account_id,
            ImageBuild.region == call.region,
        )
    )
    if build is None:
        raise invalid(f"There is no build '{request['ImageBuildVersionArn']}'.")
    return build


@operation("amiable", "GetBuildLog")
def get_build_log(call: Call, request: Shape) -> Shape:
    """Lines of a build's log from a position on; Ended once nothing more will come."""
    build = asked_build(call, request)
    position = request.get("Position") or 0
    if position < 0:
        raise invalid("Position must not be negative.")
    lines, behind = read(
        log_path(call.settings.data_dir, build.id), position, request.get("MaxLines") or LINES
    )
    shapes = [{key.capitalize(): value for key, value in line.items()} for line in lines]
    ended = build.state not in UNDER_WAY and not lines
    return {"Lines": shapes, "Position": behind, "Ended": ended}
