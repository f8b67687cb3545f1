"""Launch permissions of an image as requests and answers word them: accounts, organisations, units, `all`."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.faults import combination
from amiable.api.quotas import check_quota
from amiable.api.share_gate import check_gate
from amiable.api.table import Shape
from amiable.model.account import Account
from amiable.model.account_setting import chosen
from amiable.model.image import EVERYONE, LIVE_STATES, Image, LaunchPermission, root_first
from amiable.model.organization import ORGANIZATION, UNIT
from amiable.model.product_code import codes_of
from amiable.protocol.faults import Fault

PUBLIC_ACCESS = "image-block-public-access"
"""The account's choice whether images may be made public; kept by image_public_access.py."""
PUBLIC_LIFE = timedelta(days=730)
"""A public image is deprecated two years after it was made, unless it says sooner."""


def _bad_item(value: str) -> Fault:
    return Fault(
        "InvalidAMIAttributeItemValue", f'Invalid attribute item value "{value}" for userId item type.'
    )


def _grantee(call: Call, kind: str, value: str) -> str:
    """One grantee, checked."""
    if kind == "UserId":
        if not (value.isdigit() and len(value) == 12):
            raise _bad_item(value)
        return value
    if kind == "Group":
        if value != EVERYONE:
            raise Fault(
                "InvalidAMIAttributeItemValue",
                f'Invalid attribute item value "{value}" for userGroup item type.',
            )
        return value
    match = (ORGANIZATION if kind == "OrganizationArn" else UNIT).match(value)
    ours = ORGANIZATION.match(call.settings.organization) if call.settings.organization else None
    if match is None or ours is None or (match[1], match[2]) != (ours[1], ours[2]):
        raise Fault(
            "InvalidAMIAttributeItemValue",
            f'Invalid attribute item value "{value}": it is not of the organization that this server has.',
        )
    return value


def changes(call: Call, request: Shape) -> tuple[set[str], set[str]] | None:
    """(grantees to add, to remove) that a request asks for; None when it asks for neither."""
    added, removed = set[str](), set[str]()
    given = request.get("LaunchPermission")
    for member, target in (("Add", added), ("Remove", removed)):
        for item in (given or {}).get(member) or ():
            target |= {_grantee(call, kind, str(value)) for kind, value in item.items() if value}
    flat = [
        _grantee(call, kind, str(value))
        for member, kind in (
            ("UserIds", "UserId"),
            ("UserGroups", "Group"),
            ("OrganizationArns", "OrganizationArn"),
            ("OrganizationalUnitArns", "OrganizationalUnitArn"),
        )
        for value in request.get(member) or ()
    ]
    if flat:
        direction = request.get("OperationType")
        if direction not in ("add", "remove"):
            raise combination("OperationType must be add or remove when accounts, groups or ARNs are given.")
        (added if direction == "add" else removed).update(flat)
    if not (added or removed):
        return None
    if added & removed:
        raise combination("The same launch permission cannot be added and removed.")
    return added, removed


def apply(call: Call, image: Image, added: Iterable[str], removed: Iterable[str]) -> None:
    """Change the permissions of an image. Raises the faults of what may not be shared."""
    if image.state not in ("available", "pending"):
        raise Fault(
            "InvalidAMIID.Unavailable",
            f"The image ID: '{image.id}' is {image.state}: nobody can be given it.",
        )
    present = {row.grantee for row in image.permissions}
    wanted = (present | set(added)) - set(removed)
    if EVERYONE in wanted - present:
        _check_public(call, image)
    if wanted - present:
        check_gate(call, image.id, [row.snapshot_id for row in root_first(image) if row.snapshot_id])
    check_quota(call, "image-shares", len(wanted - {EVERYONE}))
    image.permissions = [row for row in image.permissions if row.grantee in wanted] + [
        LaunchPermission(image_id=image.id, grantee=one) for one in sorted(wanted - present)
    ]


def _check_public(call: Call, image: Image) -> None:
    """Whether the image may be made public, and when it is deprecated then."""
    if codes_of(call.session, [image.id]):
        raise Fault("OperationNotPermitted", f"The image {image.id} has a product code and cannot be public.")
    if chosen(call.session, call.account_id, call.region, PUBLIC_ACCESS).get("state") == "block-new-sharing":
        raise Fault(
            "OperationNotPermitted",
            "You can't publicly share this image because block public access for AMIs is enabled in "
            "this account.",
        )
    already = call.session.scalar(
        select(func.count())
        .select_from(LaunchPermission)
        .join(Image, Image.id == LaunchPermission.image_id)
        .where(
            LaunchPermission.grantee == EVERYONE,
            Image.account_id == call.account_id,
            Image.region == call.region,
            Image.state.in_(LIVE_STATES),
        )
    )
    check_quota(call, "public-images", (already or 0) + 1)
    latest = image.created_at + PUBLIC_LIFE
    built_in = call.session.get_one(Account, call.account_id).alias
    if not built_in and (image.deprecated_at is None or image.deprecated_at > latest):
        image.deprecated_at = max(latest, call.now)


def permission_shapes(image: Image) -> list[Mapping[str, Any]]:
    """`LaunchPermissions` in answers."""
    return [_shape(row.grantee) for row in sorted(image.permissions, key=lambda row: row.grantee)]


def _shape(grantee: str) -> dict[str, str]:
    if grantee == EVERYONE:
        return {"Group": grantee}
    if UNIT.match(grantee):
        return {"OrganizationalUnitArn": grantee}
    return {"OrganizationArn" if ORGANIZATION.match(grantee) else "UserId": grantee}
