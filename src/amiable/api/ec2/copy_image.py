"""CopyImage: an image of this or another region becomes one of the region that is asked.

The image (`pending`), one snapshot for each of the source's, and the story `copy-image`, which moves what
the region's store lacks (flows/copies.py). What a copy inherits is in flows/begin_copy.py; with CopyImageTags
also tags.
"""

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.copies import backing_snapshots, check_room, in_region, refuse, tags_for_copy
from amiable.api.faults import invalid
from amiable.api.image_access import visible_image
from amiable.api.image_names import check_image_name
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.flows.begin_copy import begin_copy
from amiable.model.account import Account
from amiable.model.image import Image
from amiable.model.product_code import codes_of
from amiable.protocol.faults import Fault


def _source(call: Call, request: Shape) -> Image:
    """The image to copy, if the caller may. Raises InvalidRegion, InvalidAMIID's faults, InvalidRequest."""
    image = visible_image(in_region(call, request["SourceRegion"]), request["SourceImageId"])
    if image.state != "available":
        raise Fault(
            "InvalidRequest", f"The image {image.id} is {image.state}; only available ones are copied."
        )
    if image.account_id != call.account_id and codes_of(call.session, [image.id]):
        raise Fault(
            "InvalidRequest",
            "Images from AWS Marketplace cannot be copied to another AWS account. Launch an instance of "
            "it and use CreateImage.",
        )
    return image


@operation("ec2", "CopyImage")
def copy_image(call: Call, request: Shape) -> Shape:
    """Copy an image and its snapshots into this region; only chunks that the region lacks travel."""
    if known := made_before(call, "CopyImage", request):
        return {"ImageId": known}
    refuse(
        request,
        Encrypted="nothing is encrypted at rest",
        KmsKeyId="nothing is encrypted at rest",
        DestinationOutpostArn="there are no Outposts",
        DestinationAvailabilityZone="there are no Local Zones",
        DestinationAvailabilityZoneId="there are no Local Zones",
        SnapshotCopyCompletionDurationMinutes="a copy takes the time it needs",
    )
    name, description = request["Name"], request.get("Description")
    check_image_name(call, name)
    if description and len(description) > 255:
        raise invalid("The description must not be longer than 255 characters.")
    source = _source(call, request)
    check_room(call, "image-copies", "copy-image", Image)
    given = specified(request, "image", "snapshot")
    backing_snapshots(call, source)  # all of them are readable
    image = begin_copy(
        call.session,
        source,
        region=call.region,
        account_id=call.account_id,
        owner_alias=call.session.get_one(Account, call.account_id).alias,
        name=name,
        description=description,
        now=call.now,
    )
    for device in image.devices:
        if device.snapshot_id:
            apply(call, device.snapshot_id, "snapshot", given.get("snapshot"))
    tags = given.get("image", {})
    if request.get("CopyImageTags"):
        tags = tags_for_copy(call, source.id, tags)
    apply(call, image.id, "image", tags)
    remember(call, "CopyImage", request, image.id)
    return {"ImageId": image.id}
