"""The end of an attachment, in rows: whoever has made sure that no machine holds the volume calls this."""

from sqlalchemy.orm import Session

from amiable.model.instance import Instance
from amiable.model.product_code import leave_codes
from amiable.model.volume import Attachment, Volume


def set_free(session: Session, instance: Instance, attachment: Attachment) -> None:
    """The volume is available again; product codes that came with it leave the instance.

    What the instance runs at that moment is metered until it stops.
    """
    volume = session.get_one(Volume, attachment.volume_id)
    others = [row.volume_id for row in instance.attachments if row.volume_id != volume.id]
    leave_codes(session, instance.id, volume.id, instance.image_id, *others)
    volume.state = "available"
    session.delete(attachment)
    session.flush()
    session.expire(volume, ["attachment"])
    session.expire(instance, ["attachments"])
