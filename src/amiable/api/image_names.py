"""The rule of image names, for every operation that makes an image."""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.model.image import IMAGE_NAME, LIVE_STATES, Image
from amiable.protocol.faults import Fault


def check_image_name(call: Call, name: str) -> None:
    """Raise InvalidAMIName.Malformed or .Duplicate."""
    if not IMAGE_NAME.fullmatch(name):
        raise Fault(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, "
            "'(', ')', '[', ']', ' ', '.', '/', '-', ''', '@' and '_'",
        )
    taken = call.session.scalar(
        select(Image.id).where(
            Image.account_id == call.account_id,
            Image.region == call.region,
            Image.name == name,
            Image.state.in_(LIVE_STATES),
        )
    )
    if taken:
        raise Fault("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {taken}")
