"""Who may do what with an image: find it as its owner, or as one who may launch it. For every service.

Everything that names an image goes through here, so that what an account may not see does not exist for it.
"""

from sqlalchemy import ColumnElement, and_, select

from amiable.api.allowed_images import allowed, settings_of
from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.api.table import Shape
from amiable.model.image import GONE_STATES, Image, launchable_by
from amiable.model.organization import grantees
from amiable.protocol.faults import Fault


def launchable(call: Call) -> ColumnElement[bool]:
    """The images that the caller may launch, as far as permissions go."""
    return launchable_by(call.account_id, grantees(call.session, call.account_id, call.settings.organization))


def usable(call: Call, settings: Shape | None = None) -> ColumnElement[bool]:
    """The images that exist for the caller: launchable, and not shut out by its allowed images settings."""
    settings = settings or settings_of(call)
    if settings["state"] == "enabled":
        return and_(launchable(call), allowed(call, settings))
    return launchable(call)


def unavailable(image_id: str) -> Fault:
    """InvalidAMIID.Unavailable: it was there once."""
    return Fault("InvalidAMIID.Unavailable", f"The image ID: '{image_id}' is no longer available")


def visible_image(call: Call, image_id: str, *, lock: bool = False) -> Image:
    """An image that the caller may see. Raises InvalidAMIID.Malformed, .NotFound and .Unavailable."""
    check_ids("ami", image_id)
    query = select(Image).where(Image.id == image_id, Image.region == call.region, usable(call))
    image = call.session.scalar(query.with_for_update(of=Image) if lock else query)
    if image is None:
        raise not_found("ami", image_id)
    if image.state in GONE_STATES:
        raise unavailable(image_id)
    return image


def own_image(call: Call, image_id: str) -> Image:
    """An image of the caller, locked. Raises as `visible_image`, and AuthFailure when it is another's."""
    image = visible_image(call, image_id, lock=True)
    if image.account_id != call.account_id:
        raise Fault("AuthFailure", f"Not authorized for image:{image_id}")
    return image
