"""Watermarks: attach one to an image, detach it. CreateImage and CopyImage hand them on."""

import re

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.image_access import own_image
from amiable.api.table import Shape, operation
from amiable.model.image import IMAGE_NAME
from amiable.model.watermark import ImageWatermark
from amiable.protocol.faults import Fault

_KEY = re.compile(r"\d{12}:.+")


@operation("ec2", "AttachImageWatermark")
def attach_image_watermark(call: Call, request: Shape) -> Shape:
    """Mark an image that is not public; what is made of it from now on carries the mark."""
    image = own_image(call, request["ImageId"])
    name = request["WatermarkName"]
    if not IMAGE_NAME.fullmatch(name):
        raise invalid(
            "Watermark names must be between 3 and 128 characters long, of the characters of AMI names."
        )
    if image.public:
        raise Fault("OperationNotPermitted", f"The image {image.id} is public: it cannot get watermarks.")
    key = f"{call.account_id}:{name}"
    if call.session.get(ImageWatermark, (image.id, key)) is None:
        call.session.add(
            ImageWatermark(
                image_id=image.id,
                key=key,
                source_image_id=image.id,
                source_region=image.region,
                source_created_at=image.created_at,
                attached_at=call.now,
            )
        )
    return {"WatermarkKey": key}


@operation("ec2", "DetachImageWatermark")
def detach_image_watermark(call: Call, request: Shape) -> Shape:
    """Take a watermark off an image, whoever made it; what was made of the image keeps it."""
    image = own_image(call, request["ImageId"])
    key = request["WatermarkKey"]
    if not _KEY.fullmatch(key):
        raise invalid(f"Value ({key}) for parameter watermarkKey is invalid: it is accountId:name.")
    if (row := call.session.get(ImageWatermark, (image.id, key))) is not None:
        call.session.delete(row)
    return {"Return": True}
