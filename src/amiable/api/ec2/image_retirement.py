"""Retirement of an image: disable (nobody may launch it), deprecate (others no longer find it), protect.

available ◄── EnableImage ── DisableImage ──► disabled     launch permissions go and do not come back
deprecation: a time, after which listings of other accounts leave the image out; launches by id work
protection:  DeregisterImage is refused while it is on, and with cool-down for 24 hours after it
"""

from datetime import timedelta

from amiable.api.call import Call
from amiable.api.ec2.launch_permissions import PUBLIC_LIFE
from amiable.api.faults import invalid
from amiable.api.image_access import own_image
from amiable.api.table import Shape, operation
from amiable.model.account import Account
from amiable.model.image import Image
from amiable.protocol.faults import Fault

MOST_YEARS = timedelta(days=3653)
COOL_DOWN = timedelta(hours=24)


@operation("ec2", "DisableImage")
def disable_image(call: Call, request: Shape) -> Shape:
    """Let nobody launch an image, and take back all its launch permissions."""
    image = own_image(call, request["ImageId"])
    if image.state not in ("available", "disabled"):
        raise Fault("InvalidAMIID.Unavailable", f"The image '{image.id}' is {image.state}.")
    image.state = "disabled"
    image.permissions.clear()
    return {"Return": True}


@operation("ec2", "EnableImage")
def enable_image(call: Call, request: Shape) -> Shape:
    """Let its owner launch a disabled image again."""
    image = own_image(call, request["ImageId"])
    if image.state not in ("available", "disabled"):
        raise Fault("InvalidAMIID.Unavailable", f"The image '{image.id}' is {image.state}.")
    image.state = "available"
    return {"Return": True}


@operation("ec2", "EnableImageDeprecation")
def enable_image_deprecation(call: Call, request: Shape) -> Shape:
    """Say when an image is to be deprecated; seconds are rounded to the nearest minute."""
    image = own_image(call, request["ImageId"])
    moment = (request["DeprecateAt"] + timedelta(seconds=30)).replace(second=0, microsecond=0)
    if moment < call.now.replace(second=0, microsecond=0):
        raise invalid("The deprecation time must not be in the past.")
    latest = call.now + MOST_YEARS
    if _public_of_tenant(call, image):
        latest = min(latest, image.created_at + PUBLIC_LIFE)
    if moment > latest:
        raise invalid(f"The deprecation time of {image.id} must be {latest:%Y-%m-%dT%H:%M}Z at the latest.")
    image.deprecated_at = moment
    return {"Return": True}


@operation("ec2", "DisableImageDeprecation")
def disable_image_deprecation(call: Call, request: Shape) -> Shape:
    """Cancel an image's deprecation; a public one has to be made private first."""
    image = own_image(call, request["ImageId"])
    if _public_of_tenant(call, image):
        raise Fault(
            "OperationNotPermitted",
            f"The image {image.id} is public: its deprecation can be cancelled once it is private.",
        )
    image.deprecated_at = None
    return {"Return": True}


def _public_of_tenant(call: Call, image: Image) -> bool:
    return image.public and not call.session.get_one(Account, call.account_id).alias


@operation("ec2", "EnableImageDeregistrationProtection")
def enable_image_deregistration_protection(call: Call, request: Shape) -> Shape:
    """Refuse to deregister an image until protection is off, with cool-down for 24 hours more."""
    image = own_image(call, request["ImageId"])
    kind = "enabled-with-cooldown" if request.get("WithCooldown") else "enabled-without-cooldown"
    image.deregistration_protection = kind
    image.protected_until = None
    return {"Return": "true"}


@operation("ec2", "DisableImageDeregistrationProtection")
def disable_image_deregistration_protection(call: Call, request: Shape) -> Shape:
    """Turn deregistration protection off; a cool-down begins if it was asked for."""
    image = own_image(call, request["ImageId"])
    if image.deregistration_protection == "enabled-with-cooldown":
        image.protected_until = call.now + COOL_DOWN
    image.deregistration_protection = "disabled"
    return {"Return": "true"}


def check_unprotected(call: Call, image: Image) -> None:
    """Raise OperationNotPermitted while an image is protected from deregistration."""
    if image.deregistration_protection != "disabled":
        raise Fault(
            "OperationNotPermitted",
            f"The image {image.id} is protected: call DisableImageDeregistrationProtection first.",
        )
    if image.protected_until and image.protected_until > call.now:
        raise Fault(
            "OperationNotPermitted",
            f"The image {image.id} is protected until its cool-down ends: "
            f"{image.protected_until:%Y-%m-%dT%H:%M}Z.",
        )
