"""An account's allowed images settings in a region: turn them on, audit, off; and the criteria, checked.

What the criteria mean is in allowed_images.py. Limits are those of EC2's ImageCriterionRequest.
"""

import re

from amiable.api.allowed_images import CONDITIONS, change_settings, settings_of
from amiable.api.call import Call
from amiable.api.faults import invalid, unsupported
from amiable.api.table import Shape, operation

MOST_CRITERIA = 10
MOST_DAYS = 36500
"""A century: more than an image's age can be, and what a date can be reckoned with."""
LONGEST = {"ImageProviders": 200, "ImageNames": 50, "MarketplaceProductCodes": 50, "ImageWatermarks": 50}

_PROVIDER = re.compile(r"amazon|aws-marketplace|aws-backup-vault|none|\d{12}")
_NAME = re.compile(r"[A-Za-z0-9 ()\[\]./\-'@_*?]{1,128}")
_CODE = re.compile(r"[A-Za-z0-9]{1,25}")
_KEY = re.compile(r"[A-Za-z0-9 ()\[\]./\-'@_*?:]{1,141}")


@operation("ec2", "EnableAllowedImagesSettings")
def enable_allowed_images_settings(call: Call, request: Shape) -> Shape:
    """Let the account use only the images that its criteria allow, or say of each whether they do."""
    state = request["AllowedImagesSettingsState"]
    if state not in ("enabled", "audit-mode"):
        raise invalid(f"Value ({state}) for parameter allowedImagesSettingsState is invalid.")
    change_settings(call, state=state)
    return {"AllowedImagesSettingsState": state}


@operation("ec2", "DisableAllowedImagesSettings")
def disable_allowed_images_settings(call: Call, request: Shape) -> Shape:
    """Allow all images again; the criteria are kept."""
    change_settings(call, state="disabled")
    return {"AllowedImagesSettingsState": "disabled"}


@operation("ec2", "GetAllowedImagesSettings")
def get_allowed_images_settings(call: Call, request: Shape) -> Shape:
    """The account's allowed images settings in this region."""
    settings = settings_of(call)
    return {"State": settings["state"], "ImageCriteria": settings["criteria"], "ManagedBy": "account"}


@operation("ec2", "ReplaceImageCriteriaInAllowedImagesSettings")
def replace_image_criteria(call: Call, request: Shape) -> Shape:
    """Set the criteria by which images are allowed, in place of those before."""
    criteria = request.get("ImageCriteria") or []
    if len(criteria) > MOST_CRITERIA:
        raise invalid(f"At most {MOST_CRITERIA} image criteria can be given.")
    change_settings(call, criteria=[_checked(criterion) for criterion in criteria])
    return {"ReturnValue": True}


def _checked(criterion: Shape) -> Shape:
    """A criterion without what it leaves open. Raises faults."""
    given = {member: value for member, value in criterion.items() if value}
    if not given:
        raise invalid("An image criterion must have a condition.")
    for member, value in given.items():
        if member not in CONDITIONS:
            raise unsupported(f"{member} is not supported as a criterion: this server cannot judge by it.")
        if len(value) > LONGEST.get(member, len(value)):
            raise invalid(f"{member} can have at most {LONGEST[member]} values.")
    providers = _each(given, "ImageProviders", _PROVIDER)
    if "none" in providers and len(providers) > 1:
        raise invalid("When the image provider none is specified, no other values can be specified.")
    for name in _each(given, "ImageNames", _NAME):
        if "?" in name and len(name) < 3:
            raise invalid(f"The image name {name} is too short: with ? it needs three characters.")
    _each(given, "MarketplaceProductCodes", _CODE)
    for member in ("DeprecationTimeCondition", "CreationDateCondition"):
        if member in given:
            _check_days(given[member])
    for watermark in given.get("ImageWatermarks", ()):
        _check_watermark(watermark)
    return given


def _each(criterion: Shape, member: str, form: re.Pattern[str]) -> list[str]:
    """A list of the criterion, each text in its form."""
    values: list[str] = criterion.get(member, [])
    for value in values:
        if not form.fullmatch(value):
            raise invalid(f"Value ({value}) for parameter {member} is invalid.")
    return values


def _check_watermark(watermark: Shape) -> None:
    key, region = watermark.get("WatermarkKey"), watermark.get("SourceImageRegion")
    if not watermark:
        raise invalid("A watermark filter must have a condition.")
    for text in (key, region):
        if text is not None and not _KEY.fullmatch(text):
            raise invalid(f"Value ({text}) for parameter ImageWatermarks is invalid.")
    _check_days({name: value for name, value in watermark.items() if name.startswith("MaximumDays")})


def _check_days(condition: Shape) -> None:
    for name, days in condition.items():
        if not 0 <= days <= MOST_DAYS:
            raise invalid(f"{name} must be from 0 to {MOST_DAYS}.")
