"""GetBuildRecord: what was found inside the image of a build, or why that is not known.

The record is an inspection: GetInspectionReport, ListPackages and GetBillOfMaterials take its id.
"""

from amiable.api.amiable.build_log import asked_build
from amiable.api.amiable.inspections import inspection_shape
from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.builder.execution.recorded import recorded
from amiable.model.image_build import UNDER_WAY, ImageBuild
from amiable.model.inspection import Inspection


@operation("amiable", "GetBuildRecord")
def get_build_record(call: Call, request: Shape) -> Shape:
    """What was found inside the image of a build: its inspection, how many packages; or why not."""
    build = asked_build(call, request)
    row = call.session.get(Inspection, build.inspection_id) if build.inspection_id else None
    if row is None:
        return {"Reason": _unrecorded(build)}
    answer: Shape = {"Inspection": inspection_shape(row)}
    if row.state == "pending":
        return {**answer, "Reason": "It is being inspected."}
    if row.state == "failed":
        return {**answer, "Reason": f"The inspection failed: {row.state_message}"}
    result = recorded(call.session, build)
    answer["PackageCount"] = len(result["packages"])
    unread = [one["detail"] for one in result["findings"] if one["check"] == "unreadable"]
    return answer if result["packages"] or not unread else {**answer, "Reason": " ".join(unread)}


def _unrecorded(build: ImageBuild) -> str:
    if build.state in UNDER_WAY:
        return "The build is under way."
    if build.image_id is None:
        return "The build made no image."
    if not build.inputs.get("metadata", True):
        return "The build was told to record nothing (enhancedImageMetadataEnabled: false)."
    return f"Nothing was recorded; ask for a report of {build.image_id} itself."
