"""What a check is: one declared row, and the findings it gives of what it looks at.

Those of images are in hygiene/, in files by subject; services are held against a list in allowed_services.py,
rules of security groups in flows/group_review.py. The list follows AWS's guide to shared images, the
Marketplace's rules, and what people found in public images (CloudQuarry).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from amiable.inspection.severities import SEVERITIES

S = TypeVar("S")
MOST = 100
"""Findings of one check that are reported."""


@dataclass(frozen=True)
class Found:
    """Where and what. `line` from 1, `offset` in bytes of the disk; never the secret itself."""

    detail: str
    file: str = ""
    line: int = 0
    offset: int | None = None
    severity: str = ""  # when it differs from the check's


@dataclass(frozen=True)
class Check(Generic[S]):
    """A row: `test` gives what is wrong with a subject (an Image, mostly); nothing when all is well."""

    id: str
    severity: str
    title: str
    why: str
    remedy: str
    source: str
    test: Callable[[S], Iterable[Found]]

    def shape(self) -> dict[str, str]:
        """The row for readers."""
        return {name: getattr(self, name) for name in ("id", "severity", "title", "why", "remedy", "source")}


def finding(check: Check[S], found: Found) -> dict[str, Any]:
    """A finding as JSON."""
    shape: dict[str, Any] = {
        "check": check.id,
        "severity": found.severity or check.severity,
        "title": check.title,
        "detail": found.detail,
    }
    if found.file:
        shape["file"] = found.file
    if found.line:
        shape["line"] = found.line
    if found.offset is not None:
        shape["offset"] = found.offset
    return shape


def run(checks: Iterable[Check[S]], subject: S) -> list[dict[str, Any]]:
    """The findings of the checks, worst first."""
    found = []
    for check in checks:
        rows = list(check.test(subject))
        found += [finding(check, row) for row in rows[:MOST]]
        if len(rows) > MOST:
            found.append(finding(check, Found(f"{len(rows) - MOST} more of these.")))
    return sorted(found, key=lambda row: -SEVERITIES.index(row["severity"]))
