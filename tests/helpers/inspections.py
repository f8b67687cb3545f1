"""Inspections: rows as if they had been made, and the real story without an engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from amiable.blocks.ingest import ingest
from amiable.blocks.source import raw_file_source
from amiable.blocks.store import PruneStore
from amiable.core import clock, ids
from amiable.core.errors import AmiableError
from amiable.core.settings import Settings
from amiable.flows.host import Locks
from amiable.flows.inspect import failed, inspect
from amiable.flows.story import Work
from amiable.model.flow import Flow
from amiable.model.inspection import Inspection
from tests.helpers.api import Api
from tests.helpers.carrying import carry


@dataclass
class InspectionHost:
    """What the story needs of a host."""

    settings: Settings
    stores: Mapping[str, PruneStore]
    locks: Locks = field(default_factory=Locks)

    def work_directory(self, number: int) -> Path:
        return self.settings.data_dir / "work" / str(number)


def store_disk(store: PruneStore, name: str, path: Path) -> str:
    """The manifest's digest of a disk that is put into a store under a name."""
    with raw_file_source(path) as source:
        return ingest(store, source, name=name).digest


def carry_inspections(api: Api) -> int:
    """Carry all inspections that wait to their ends, as an engine would; how many."""
    host: Any = InspectionHost(api.settings, api.stores)
    with api.database.read() as session:
        query = select(Flow).where(Flow.kind == inspect.kind, Flow.outcome.is_(None))
        flows = list(session.scalars(query))
    for flow in flows:
        try:
            carry(api.database, inspect, host, flow.subject)
        except AmiableError as reason:
            failed(
                Work(flow.number, flow.kind, flow.subject, flow.epoch, host, api.database, 15.0), str(reason)
            )
    return len(flows)


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
