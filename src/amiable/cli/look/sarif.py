"""Findings as SARIF 2.1.0, which code hosts and CI systems show."""

from collections.abc import Sequence
from typing import Any

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.0", "low": "2.0", "info": "0.0"}
Item = dict[str, Any]


def sarif(image: str, version: str, checks: Sequence[Item], findings: Sequence[Item]) -> Item:
    """A log of one run. `image`: what was scanned; files are relative to its root."""
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "amiable",
                        "version": version,
                        "rules": [_rule(each) for each in checks],
                    }
                },
                "automationDetails": {"id": f"amiable/{image}"},
                "originalUriBaseIds": {"IMAGE": {"description": {"text": f"The root of {image}"}}},
                "results": [_result(each) for each in findings],
            }
        ],
    }


def _rule(check: Item) -> Item:
    return {
        "id": check["id"],
        "shortDescription": {"text": check["title"]},
        "fullDescription": {"text": check["why"]},
        "help": {"text": f"{check['remedy']}\nSource: {check['source']}"},
        "defaultConfiguration": {"level": _LEVELS[check["severity"]]},
        "properties": {"security-severity": _SCORES[check["severity"]], "tags": ["security"]},
    }


def _result(found: Item) -> Item:
    physical: Item = {
        "artifactLocation": {"uri": found.get("file", "/disk").lstrip("/"), "uriBaseId": "IMAGE"}
    }
    if "line" in found:
        physical["region"] = {"startLine": found["line"]}
    elif "offset" in found and "file" not in found:
        physical["region"] = {"byteOffset": found["offset"], "byteLength": 1}
    return {
        "ruleId": found["check"],
        "level": _LEVELS[found["severity"]],
        "message": {"text": f"{found['title']}: {found['detail']}"},
        "locations": [{"physicalLocation": physical}],
    }
