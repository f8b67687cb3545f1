"""Allowed images: which images of others an account lets itself find and launch, as a condition in SQL.

disabled    everything that was shared with the account or with all
audit-mode  the same; each image says whether the criteria allow it
enabled     what one of the criteria allows; the rest does not exist for the account

All conditions of a criterion must hold. The account's own images are always allowed. Without any criterion
everything is: the provider `none` is how an account allows nothing but its own.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from amiable.api.call import Call
from amiable.api.table import Shape
from amiable.model.account_setting import choose, chosen
from amiable.model.image import Image
from amiable.model.matching import matches
from amiable.model.product_code import ProductCode
from amiable.model.watermark import ImageWatermark

Condition = ColumnElement[bool]

SETTING = "allowed-images"


def settings_of(call: Call) -> Shape:
    """`{"state": …, "criteria": […]}`, criteria as EC2 shapes them."""
    return {
        "state": "disabled",
        "criteria": [],
        **chosen(call.session, call.account_id, call.region, SETTING),
    }


def change_settings(call: Call, **changed: Any) -> None:
    """Keep the account's new state or criteria."""
    choose(call.session, call.account_id, call.region, SETTING, settings_of(call) | changed)


def allowed(call: Call, settings: Shape) -> Condition:
    """The images that these settings allow; all of them while the settings are disabled."""
    if settings["state"] == "disabled" or not settings["criteria"]:
        return true()
    return or_(
        Image.account_id == call.account_id,
        *(_criterion(call, criterion) for criterion in settings["criteria"]),
    )


def allowed_among(call: Call, settings: Shape, image_ids: Sequence[str]) -> set[str] | None:
    """Which of these images the settings allow; None while they are disabled."""
    if settings["state"] == "disabled":
        return None
    found: set[str] = set()
    for start in range(0, len(image_ids), 500):
        some = Image.id.in_(image_ids[start : start + 500])
        found |= set(call.session.scalars(select(Image.id).where(some, allowed(call, settings))))
    return found


def _criterion(call: Call, criterion: Shape) -> Condition:
    """All of its conditions."""
    return and_(true(), *(CONDITIONS[member](call, wanted) for member, wanted in criterion.items() if wanted))


def _providers(call: Call, providers: list[str]) -> Condition:
    return or_(*(_provider(provider) for provider in providers))


def _provider(provider: str) -> Condition:
    if provider == "none":
        return false()
    return Image.account_id == provider if provider.isdigit() else Image.owner_alias == provider


def _names(call: Call, names: list[str]) -> Condition:
    return or_(*(matches(Image.name, name) for name in names))


def _codes(call: Call, codes: list[str]) -> Condition:
    return Image.id.in_(select(ProductCode.resource_id).where(ProductCode.code.in_(codes)))


def _not_long_deprecated(call: Call, condition: Shape) -> Condition:
    since = call.now - timedelta(days=condition["MaximumDaysSinceDeprecated"])
    return or_(Image.deprecated_at.is_(None), Image.deprecated_at > since)


def _young(call: Call, condition: Shape) -> Condition:
    return Image.created_at >= call.now - timedelta(days=condition["MaximumDaysSinceCreated"])


def _watermarks(call: Call, watermarks: list[Shape]) -> Condition:
    return or_(*(_watermark(call, one) for one in watermarks))


def _watermark(call: Call, wanted: Shape) -> Condition:
    """One watermark of the image that fits in all that is wanted."""
    conditions = [ImageWatermark.image_id == Image.id]
    for member, column in (
        ("WatermarkKey", ImageWatermark.key),
        ("SourceImageRegion", ImageWatermark.source_region),
    ):
        if wanted.get(member):
            conditions.append(matches(column, wanted[member]))
    for member, moment in (
        ("MaximumDaysSinceSourceImageCreated", ImageWatermark.source_created_at),
        ("MaximumDaysSinceWatermarkCreated", ImageWatermark.attached_at),
    ):
        if wanted.get(member) is not None:
            conditions.append(moment >= call.now - timedelta(days=wanted[member]))
    return exists(select(ImageWatermark.image_id).where(*conditions))


CONDITIONS: dict[str, Callable[[Call, Any], Condition]] = {
    "ImageProviders": _providers,
    "ImageNames": _names,
    "MarketplaceProductCodes": _codes,
    "DeprecationTimeCondition": _not_long_deprecated,
    "CreationDateCondition": _young,
    "ImageWatermarks": _watermarks,
}
"""Member of a criterion → the condition that it means."""
