"""Filters: one declared row each; conditions in SQL are derived from the rows.

    IMAGE_FILTERS = {
        "image-id": text(Image.id),
        "is-public": flag(public_condition),
        "hypervisor": constant("xen"),
    }
    query = query.where(*conditions(IMAGE_FILTERS, request.get("Filters"), call, tagged=Image.id))

Different filters are ANDed, the values of one are ORed, case-sensitive, with `*`, `?` and `\\` (EC2 User
Guide, "Filtering"). An unknown name is `InvalidParameterValue`, as on AWS.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, select, true

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.table import Shape
from amiable.api.tags import SHARED_TAGS
from amiable.model.matching import glob, iso_text, matches
from amiable.model.tag import Tag
from amiable.protocol.faults import Fault

Condition = ColumnElement[bool]
Filter = Callable[[str], Condition]
"""From one value to the condition that it means."""

MAX_VALUES = 200


def text(column: Any) -> Filter:
    """A text column."""
    return lambda value: matches(column, value)


def number(column: Any) -> Filter:
    """An integer column; what is no number matches nothing."""
    return lambda value: column == int(value) if value.lstrip("-").isdigit() else false()


def flag(condition: Any) -> Filter:
    """`true` or `false`."""

    def apply(value: str) -> Condition:
        if value not in ("true", "false"):
            raise invalid(f"Value ( {value} ) for a filter is invalid. Use true or false.")
        return and_(true(), condition) if value == "true" else not_(condition)

    return apply


def constant(truth: str | None) -> Filter:
    """An attribute that is the same for every row."""

    def apply(value: str) -> Condition:
        return true() if truth is not None and fnmatchcase(truth, glob(value)) else false()

    return apply


def related(joined: Callable[[Condition], Condition], row: Filter) -> Filter:
    """A column of related rows: `related(Image.devices.any, text(ImageDevice.snapshot_id))`."""
    return lambda value: joined(row(value))


def instant(column: Any) -> Filter:
    """A timestamp, as the text that EC2 prints: `2026-11-23T07:30:00.000Z`, `2026-11-23T*`."""
    return lambda value: matches(iso_text(column), value)


def _tag_condition(id_column: Any, *conditions: Condition) -> Condition:
    return id_column.in_(select(Tag.resource_id).where(*conditions))  # type: ignore[no-any-return]


def conditions(
    rows: Mapping[str, Filter],
    filters: Sequence[Mapping[str, Any]] | None,
    call: Call,
    tagged: Any = None,
) -> list[Condition]:
    """The conditions of a request's `Filters`. `tagged`: the id column, for `tag:KEY` and `tag-key`."""
    found: list[Condition] = []
    for name, values in given(filters):
        apply = rows.get(name)
        if apply is None and tagged is not None:
            apply = _tag_filter(name, tagged, call)
        if apply is None:
            raise unknown(name)
        found.append(_any(apply, values))
    return found


def given(filters: Sequence[Mapping[str, Any]] | None) -> list[tuple[str, list[str]]]:
    """(name, values) of a request's `Filters`. Raises the faults for too many values and for none."""
    found = []
    for filter_ in filters or ():
        name, values = str(filter_.get("Name", "")), [str(value) for value in filter_.get("Values") or ()]
        if len(values) > MAX_VALUES:
            raise Fault("FilterLimitExceeded", f"The filter '{name}' has more than {MAX_VALUES} values.")
        if not values:
            raise Fault("MissingParameter", f"The request must contain a value for the filter '{name}'")
        found.append((name, values))
    return found


def unknown(name: str) -> Fault:
    """There is no such filter."""
    return invalid(f"The filter '{name}' is invalid")


def among(shapes: Iterable[Shape], members: Mapping[str, str], filters: Any) -> list[Shape]:
    """The shapes of declared data (regions, instance types) that match a request's `Filters`.

    `members` names each filter's member by its path: `{"memory-info.size-in-mib": "MemoryInfo.SizeInMiB"}`.
    """
    found = list(shapes)
    for name, values in given(filters):
        if name not in members:
            raise unknown(name)
        path = members[name].split(".")
        patterns = [glob(value) for value in values]
        found = [
            shape
            for shape in found
            if any(fnmatchcase(text, pattern) for text in _texts(shape, path) for pattern in patterns)
        ]
    return found


def _texts(value: Any, path: Sequence[str]) -> list[str]:
    """What stands at the end of a path, as the texts that a filter compares; nothing when it is absent."""
    for member in path:
        if member not in value:
            return []
        value = value[member]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _any(apply: Filter, values: Sequence[str]) -> Condition:
    return or_(*(apply(value) for value in values))


def _tag_filter(name: str, id_column: Any, call: Call) -> Filter | None:
    seen = or_(Tag.account_id == call.account_id, Tag.key.startswith(SHARED_TAGS, autoescape=True))
    if name == "tag-key":
        return lambda value: _tag_condition(id_column, seen, matches(Tag.key, value))
    if name == "tag-value":
        return lambda value: _tag_condition(id_column, seen, matches(Tag.value, value))
    if name.startswith("tag:"):
        key = name[4:]
        mine = true() if key.startswith(SHARED_TAGS) else Tag.account_id == call.account_id
        return lambda value: _tag_condition(id_column, mine, Tag.key == key, matches(Tag.value, value))
    return None
