"""Block public access for images: an account's choice in a region that none of its images become public."""

from amiable.api.call import Call
from amiable.api.ec2.launch_permissions import PUBLIC_ACCESS
from amiable.api.faults import invalid
from amiable.api.table import Shape, operation
from amiable.model.account_setting import choose, chosen


@operation("ec2", "EnableImageBlockPublicAccess")
def enable_image_block_public_access(call: Call, request: Shape) -> Shape:
    """Refuse to make images public from now on; those that are stay public."""
    state = request["ImageBlockPublicAccessState"]
    if state != "block-new-sharing":
        raise invalid(f"Value ({state}) for parameter imageBlockPublicAccessState is invalid.")
    choose(call.session, call.account_id, call.region, PUBLIC_ACCESS, {"state": state})
    return {"ImageBlockPublicAccessState": state}


@operation("ec2", "DisableImageBlockPublicAccess")
def disable_image_block_public_access(call: Call, request: Shape) -> Shape:
    """Let images be made public."""
    choose(call.session, call.account_id, call.region, PUBLIC_ACCESS, {"state": "unblocked"})
    return {"ImageBlockPublicAccessState": "unblocked"}


@operation("ec2", "GetImageBlockPublicAccessState")
def get_image_block_public_access_state(call: Call, request: Shape) -> Shape:
    """Whether images may be made public; the default is yes, as it was for accounts of before 2023."""
    state = chosen(call.session, call.account_id, call.region, PUBLIC_ACCESS).get("state", "unblocked")
    return {"ImageBlockPublicAccessState": state, "ManagedBy": "account"}
