"""What is said of an image that brings its reader down: a report of one finding, a diff of nothing."""

from typing import Any

from amiable.inspection.version import VERSION

_ROW = {
    "id": "unreadable",
    "severity": "high",
    "title": "A volume cannot be read",
    "why": "What cannot be read cannot be checked, here or by a marketplace.",
    "remedy": "Run fsck on the machine, and make the image again.",
    "source": "amiable",
}


def unreadable(kind: str, how: str) -> dict[str, Any]:
    """The answer to a question of that kind when the reader ended as `how` says."""
    detail = f"{how} The image is damaged, or made to harm."
    if kind == "diff":
        return {
            "version": VERSION,
            "counts": {},
            "trouble": [detail],
        } | {
            name: []
            for name in ("packages", "users", "groups", "services", "files", "hunks", "kernels", "release")
        }
    return {
        "version": VERSION,
        "os": {"id": "", "version": "", "name": ""},
        "findings": [{"check": "unreadable", "severity": "high", "title": _ROW["title"], "detail": detail}],
        "checks": [_ROW],
        "trouble": [detail],
    } | {
        name: []
        for name in ("volumes", "kernels", "packages", "users", "groups", "services", "ports", "jobs")
    }
