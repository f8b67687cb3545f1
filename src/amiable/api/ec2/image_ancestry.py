"""GetImageAncestry: from an image to the one that it comes from, and so on to the root.

The root is an image without a source, one of a provider with an alias (`amazon`, `aws-marketplace`: what it
was made of is the provider's to know), or the fiftieth (EC2 User Guide, "AMI ancestry"). Ancestors are named
when they are gone or another's, as an image's own SourceImageId is; no more is told than id, age and alias.
"""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.image_access import visible_image
from amiable.api.table import Shape, operation
from amiable.model.image import Image

LONGEST = 50


@operation("ec2", "GetImageAncestry")
def get_image_ancestry(call: Call, request: Shape) -> Shape:
    """The images that an image was made of, one of the other, back to the root."""
    following: str | None = visible_image(call, request["ImageId"]).id
    entries: list[Shape] = []
    while following and len(entries) < LONGEST:
        row = call.session.execute(
            select(
                Image.id,
                Image.account_id,
                Image.created_at,
                Image.owner_alias,
                Image.source_image_id,
                Image.source_image_region,
            ).where(Image.id == following)
        ).one_or_none()
        if row is None:
            break
        entry = {"ImageId": row.id, "CreationDate": row.created_at, "ImageOwnerAlias": row.owner_alias}
        is_root = row.owner_alias and row.account_id != call.account_id
        following = None if is_root else row.source_image_id
        if following:
            entry |= {"SourceImageId": following, "SourceImageRegion": row.source_image_region}
        entries.append({key: value for key, value in entry.items() if value})
    return {"ImageAncestryEntries": entries}
