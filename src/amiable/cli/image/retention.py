"""Which images may go, and why each other one stays: pure, from what the API says of images and their uses.

    plan(images, …) ──► [Verdict(image, reasons to stay)]      no reason: it may go

An image stays while anything names it, while somebody else may launch it, while it is protected, young, or
among the newest of its group, and while an image that stays was made from it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from amiable.cli.naming import tag_of

Item = Mapping[str, Any]
Group = Callable[[Item], str | None]

_VERSIONED = re.compile(r"[-_. ]*[vr]?\d[\dTZ._:\- ]*$", re.IGNORECASE)


@dataclass
class Verdict:
    """An image, and why it stays; nothing when it may go."""

    image: Item
    reasons: list[str] = field(default_factory=list)

    @property
    def image_id(self) -> str:
        """Its id."""
        return str(self.image["ImageId"])


def by_name(image: Item) -> str:
    """The name without number or date at its end: web-2026-11-23 and web-v2 are of the group web."""
    name = str(image.get("Name", ""))
    return _VERSIONED.sub("", name) or name


def by_tag(key: str) -> Group:
    """The value of a tag; images without it are of no group."""
    return lambda image: tag_of(dict(image), key)


def plan(
    images: Sequence[Item],
    uses: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    older_than: timedelta | None,
    keep: int | None,
    group: Group,
) -> list[Verdict]:
    """A verdict for each image, oldest first. `uses`: by image id, in words, what it is needed for."""
    ordered = sorted(images, key=lambda image: (image["CreationDate"], image["ImageId"]))
    verdicts = [Verdict(image, _own_reasons(image, now, older_than)) for image in ordered]
    for verdict in verdicts:
        verdict.reasons += uses.get(verdict.image_id, ())
    if keep is not None:
        _keep_newest(verdicts, keep, group)
    _keep_ancestors(verdicts)
    return verdicts


def _own_reasons(image: Item, now: datetime, older_than: timedelta | None) -> list[str]:
    reasons = []
    if image["State"] == "pending":
        reasons.append("being made")
    protection = image.get("DeregistrationProtection", "disabled")
    if protection != "disabled":
        reasons.append(f"deregistration protection {protection}")
    age = now - datetime.fromisoformat(image["CreationDate"])
    if older_than is not None and age <= older_than:
        reasons.append(f"{age.days} days old")
    return reasons


def _keep_newest(verdicts: Sequence[Verdict], keep: int, group: Group) -> None:
    """The newest `keep` available ones of each group; what is of no group is left alone."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in reversed(verdicts):
        name = group(verdict.image)
        if name is None:
            verdict.reasons.append("of no group")
        elif verdict.image["State"] != "failed":
            groups[name].append(verdict)
    for name, members in groups.items():
        for place, verdict in enumerate(members[:keep], 1):
            verdict.reasons.append(f"newest {place} of {name}" if keep > 1 else f"newest of {name}")


def _keep_ancestors(verdicts: Sequence[Verdict]) -> None:
    """What an image that stays was made from stays as well, up to the first."""
    known = {verdict.image_id: verdict for verdict in verdicts}
    staying = [verdict for verdict in verdicts if verdict.reasons]
    while staying:
        child = staying.pop()
        parent = known.get(str(child.image.get("SourceImageId", "")))
        if parent is None:
            continue
        first = not parent.reasons
        parent.reasons.append(f"source of {child.image_id}")
        if first:
            staying.append(parent)
