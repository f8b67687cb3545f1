"""The services of a report held against a list of those that may start: the asker's policy, not a fact.

Therefore it is applied to a report that is there, when it is fetched, and is no part of what is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from amiable.inspection.checks import Check, Found, run
from amiable.inspection.severities import SEVERITIES

Judged = tuple[Mapping[str, Any], Sequence[str]]
"""A report, and patterns of units (`*` matches)."""


def _not_allowed(judged: Judged) -> Iterator[Found]:
    report, allowed = judged
    for unit in dict.fromkeys(row["unit"] for row in report["services"]):
        if not any(fnmatchcase(unit, pattern) for pattern in allowed):
            yield Found(f"{unit} starts by itself.")


CHECK = Check(
    "service-not-allowed",
    "medium",
    "A service that the list does not allow",
    "It starts on every instance.",
    "systemctl disable UNIT, or add it to the list.",
    "the list of allowed services that was given with the question",
    _not_allowed,
)


def judged(report: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    """The report with a finding for every service that no pattern matches, worst findings first."""
    findings = [*report["findings"], *run([CHECK], (report, allowed))]
    findings.sort(key=lambda row: -SEVERITIES.index(row["severity"]))
    return {**report, "findings": findings, "checks": [*report["checks"], CHECK.shape()]}
