"""Rows of inspections as if they had been made."""

import json
from typing import Any

from amiable.core import clock, ids
from amiable.model.inspection import Inspection
from tests.helpers.api import Api

PACKAGE = {"type": "deb", "architecture": "amd64", "source": "", "license": ""}
REPORT: dict[str, Any] = {
    "os": {"id": "debian", "version": "12", "name": "Debian GNU/Linux 12"},
    "packages": [{**PACKAGE, "name": name, "version": "1.0+b1"} for name in "abcdefg"],
    "findings": [
        {"check": "token", "severity": "critical", "title": "T", "detail": "D", "file": "/x", "line": 3}
    ],
}


def add_inspection(
    api: Api, subject: str, kind: str = "report", state: str = "completed", **columns: Any
) -> str:
    """The id of a new inspection of that subject; `columns` are further ones of its row."""
    result = json.dumps(REPORT if kind == "report" else {"packages": []})
    row = Inspection(
        id=ids.new_id("insp"),
        region=api.region,
        account_id=api.account_id,
        kind=kind,
        subject=subject,
        search_blocks=True,
        disks={"before": [["snap-1", "0" * 64]]},
        state=state,
        state_message="no room" if state == "failed" else None,
        created_at=clock.now(),
        ended_at=clock.now(),
        **{"key": ids.new_id("key"), "result": result, **columns},
    )
    with api.database.write() as session:
        session.add(row)
        return row.id
