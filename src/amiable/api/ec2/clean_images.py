"""CreateCleanImage and GetImageCleaning: an image without what belongs to the machine it was made of.

As CreateImage, but what a list of operations names is removed from the image (docs/clean.md): the story
create-image takes temporary snapshots, the story clean-image makes the image's own of them. The operations
are of our own service, but live here, where CreateImage is. The rules of the instance's security groups are
reviewed at once, for the instance may be gone when the image is there.
"""

import json

from amiable.api.call import Call
from amiable.api.ec2.create_image import begin_image
from amiable.api.faults import not_found
from amiable.api.owned import owned
from amiable.api.table import Shape, operation
from amiable.compute.cleaner.kit import find_kit
from amiable.compute.cleaner.operations import OPERATIONS
from amiable.compute.cleaner.script import check
from amiable.core.errors import MissingPrerequisite
from amiable.flows.group_review import review
from amiable.model.image import GONE_STATES, Image
from amiable.model.instance import Instance
from amiable.protocol.faults import Fault

_TITLES = {each.name: each.title for each in OPERATIONS} | {"services": "Services that start no more"}


@operation("amiable", "CreateCleanImage")
def create_clean_image(call: Call, request: Shape) -> Shape:
    """Make an image of an instance without its users, credentials, identity, histories and logs."""
    keep = sorted(set(request.get("Keep") or ()))
    disable = sorted(set(request.get("DisableServices") or ()))
    check(keep, disable)
    try:
        find_kit(call.settings.data_dir)
    except MissingPrerequisite as missing:
        raise Fault("UnsupportedOperation", str(missing)) from missing
    image_id = begin_image(call, request, {"keep": keep, "disable": disable})
    image = call.session.get_one(Image, image_id)
    instance = call.session.get_one(Instance, request["InstanceId"])
    image.cleaning = {**(image.cleaning or {}), "security_groups": review(instance)}
    return {"ImageId": image_id}


@operation("amiable", "GetImageCleaning")
def get_image_cleaning(call: Call, request: Shape) -> Shape:
    """What was removed from an image when CreateCleanImage made it, and the report of it."""
    image = owned(call, Image, "ami", request["ImageId"])
    if image.state in GONE_STATES:
        raise not_found("ami", image.id)
    if image.cleaning is None:
        raise Fault("IncorrectState", f"The image {image.id} was not made by CreateCleanImage.")
    shape: Shape = {
        "ImageId": image.id,
        "Kept": image.cleaning["keep"],
        "DisabledServices": image.cleaning["disable"],
    }
    if "security_groups" in image.cleaning:
        shape["SecurityGroupReview"] = json.dumps(image.cleaning["security_groups"])
    if "removed" in image.cleaning:
        shape["Removed"] = [
            {
                "Operation": row["operation"],
                "Title": _TITLES.get(row["operation"], ""),
                "Files": row["files"],
                "Bytes": row["bytes"],
            }
            for row in image.cleaning["removed"]
        ]
        shape["Untouched"] = image.cleaning["left"]
        shape["InspectionId"] = image.cleaning["inspection"]
    return {"Cleaning": shape}
