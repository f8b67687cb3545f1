"""The questions that the inspection process answers: functions of disks and parameters, JSON in and out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from amiable.inspection import report
from amiable.inspection.diff import diff
from amiable.inspection.window import Disk

Question = Callable[[Sequence[Disk], dict[str, Any]], dict[str, Any]]


def _report(disks: Sequence[Disk], parameters: dict[str, Any]) -> dict[str, Any]:
    """`now`: ISO instant; `data`: for each disk the (offset, length) ranges to search, or nothing."""
    data = parameters.get("data")
    ranges = [[(start, length) for start, length in part] for part in data] if data else None
    return report.report(disks, datetime.fromisoformat(parameters["now"]), ranges)


def _diff(disks: Sequence[Disk], parameters: dict[str, Any]) -> dict[str, Any]:
    """`before`: how many of the disks are the first image's; `changed`: ranges that differ, a list a pair."""
    split = int(parameters["before"])
    changed = [[(start, length) for start, length in part] for part in parameters["changed"]]
    return diff(disks[:split], disks[split:], changed)


QUESTIONS: Mapping[str, Question] = {"report": _report, "diff": _diff}
