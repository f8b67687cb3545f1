"""Which instance types an image may be launched on: its owner says so, RunInstances obeys.

The specification is the image's own: copies of it, and images of its instances, begin without one.
"""

import re

from amiable.api.call import Call
from amiable.api.faults import combination, invalid
from amiable.api.image_access import own_image
from amiable.api.table import Shape, operation
from amiable.model.image import Image
from amiable.model.product_code import codes_of
from amiable.protocol.faults import Fault

MOST = 100
_ENTRY = re.compile(r"(?!.*\*\*)[A-Za-z0-9_.*-]{1,24}")


@operation("ec2", "ReplaceImageInstanceTypeSpecification")
def replace_image_instance_type_specification(call: Call, request: Shape) -> Shape:
    """Say which instance types an image supports or does not; without a specification, all."""
    image = own_image(call, request["ImageId"])
    given = request.get("InstanceTypeSpecification") or {}
    supported, unsupported = (
        list(given.get(member) or ()) for member in ("SupportedInstanceTypes", "UnsupportedInstanceTypes")
    )
    for entries in (supported, unsupported):
        if len(entries) > MOST:
            raise invalid(f"At most {MOST} instance types can be given in a list.")
        for entry in entries:
            if not _ENTRY.fullmatch(entry):
                raise invalid(f"Invalid value '{entry}' for an entry of InstanceTypeSpecification.")
    if len({*supported, *unsupported}) < len(supported) + len(unsupported):
        raise invalid("The entries of InstanceTypeSpecification must be unique in and across both lists.")
    if (supported or unsupported) and codes_of(call.session, [image.id]):
        raise Fault("OperationNotPermitted", f"The image {image.id} has a product code.")
    image.supported_types, image.unsupported_types = supported, unsupported
    return {"ReturnValue": True}


def check_fits(image: Image, instance_type: str) -> None:
    """Raise InvalidParameterCombination where the image is not to be launched on the type."""
    if not image.fits(instance_type):
        raise combination(
            f"The instance type {instance_type} is not compatible with the instance type specification of "
            f"the image {image.id}."
        )
