"""Which builds a lifecycle policy acts on: selection by recipes or tags, then age or count.

Ages and counts are of each image name by itself. A month is 30 days, a year 365. Where several details of a
policy hit a build, the strongest action wins: DELETE, then DISABLE, then DEPRECATE.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from amiable.model.image_build import ImageBuild

Item = Mapping[str, Any]
LIVE = ("AVAILABLE", "DEPRECATED", "DISABLED")
FROM = {"DEPRECATE": ("AVAILABLE",), "DISABLE": ("AVAILABLE", "DEPRECATED"), "DELETE": LIVE}
"""By action, weakest first: the states of builds that it changes."""
_STRENGTH = tuple(FROM)
_DAYS = {"DAYS": 1, "WEEKS": 7, "MONTHS": 30, "YEARS": 365}


@dataclass(frozen=True)
class Chosen:
    """A build, what happens to it, and by which detail of the policy."""

    build: ImageBuild
    action: str
    reason: str
    include: Item
    exclude: Item


def span(value: Item) -> timedelta:
    """The time that `value` and `unit` are."""
    return timedelta(days=int(value["value"]) * _DAYS[value["unit"]])


def selected(builds: Iterable[ImageBuild], selection: Item) -> list[ImageBuild]:
    """The live builds of the recipes of a selection, or those that have all of its tags."""
    live = [build for build in builds if build.state in LIVE]
    if wanted := selection.get("tagMap"):
        return [build for build in live if wanted.items() <= build.tags.items()]
    recipes = selection.get("recipes") or ()
    return [build for build in live if any(_of(build, one) for one in recipes)]


def _of(build: ImageBuild, recipe: Item) -> bool:
    parts = recipe["semanticVersion"].split(".")
    version = (build.major, build.minor, build.patch)
    return build.name == recipe["name"] and all(
        part == "x" or int(part) == number for part, number in zip(parts, version, strict=True)
    )


def choose(builds: Iterable[ImageBuild], details: Iterable[Item], now: datetime) -> list[Chosen]:
    """What happens to which of the selected builds, newest first."""
    found: dict[str, Chosen] = {}
    newest = sorted(builds, key=lambda build: (build.slug, build.created_at, build.id), reverse=True)
    for detail in details:
        for _, same in groupby(newest, key=lambda build: build.slug):
            for chosen in _by(detail, list(same), now):
                before = found.get(chosen.build.id)
                if before is None or _STRENGTH.index(before.action) < _STRENGTH.index(chosen.action):
                    found[chosen.build.id] = chosen
    return list(found.values())


def _by(detail: Item, builds: list[ImageBuild], now: datetime) -> Iterable[Chosen]:
    """What one detail does to the builds of one name, newest first."""
    filter_, action, rules = detail["filter"], detail["action"]["type"], detail.get("exclusionRules") or {}
    builds = [build for build in builds if not hits(build.tags, rules.get("tagMap"))]
    if filter_["type"] == "COUNT":
        kept, reason = int(filter_["value"]), f"not among the newest {filter_['value']}"
    else:
        kept, reason = (
            int(filter_.get("retainAtLeast") or 0),
            f"older than {filter_['value']} {filter_['unit']}",
        )
    for build in builds[kept:]:
        young = filter_["type"] == "AGE" and build.created_at > now - span(filter_)
        if not young and build.state in FROM[action]:
            include = detail["action"].get("includeResources") or {}
            yield Chosen(build, action, reason, include, rules.get("amis") or {})


def hits(tags: Mapping[str, str], excluded: Mapping[str, str] | None) -> bool:
    """Whether any of some tags is there."""
    return bool((excluded or {}).items() & tags.items())
