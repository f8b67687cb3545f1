"""Names and texts with `{{imagebuilder:…}}`: the date of the build, its number."""

import re
from datetime import UTC, datetime

_TAG = re.compile(r"\{\{\s*imagebuilder:(buildDate|buildVersion)(?::([^{}]+))?\s*\}\}")
_FORMATS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
LONGEST = 128


def dated(text: str) -> bool:
    """Whether the date of the build is in a text."""
    return any(found[1] == "buildDate" for found in _TAG.finditer(text))


def filled(text: str, moment: datetime, build: int) -> str:
    """A text with the tags replaced; a date as `2026-11-26T05-30-00.123Z`, or as its format says."""
    moment = moment.astimezone(UTC)

    def replacement(found: re.Match[str]) -> str:
        if found[1] == "buildVersion":
            return str(build)
        if not found[2]:
            return stamp(moment)
        pattern = re.compile("|".join(_FORMATS))
        return moment.strftime(pattern.sub(lambda part: _FORMATS[part[0]], found[2].replace("%", "%%")))

    return _TAG.sub(replacement, text)


def stamp(moment: datetime) -> str:
    """A date as names of images may have it."""
    return moment.strftime("%Y-%m-%dT%H-%M-%S.") + f"{moment.microsecond // 1000:03d}Z"


def image_name(pattern: str | None, recipe: str, moment: datetime, build: int) -> str:
    """The name of an image: as a distribution wants it, or the recipe's with the date."""
    if pattern is None:
        date = f" {stamp(moment.astimezone(UTC))}"
        return recipe[: LONGEST - len(date)] + date
    return filled(pattern, moment, build)[:LONGEST]
