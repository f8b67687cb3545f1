"""The inspection story over a real store: a report, a diff that reads little, a disk with nothing on it."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from amiable.blocks.ingest import ingest
from amiable.blocks.source import raw_file_source
from amiable.blocks.store import PruneStore, open_store
from amiable.core import clock, ids
from amiable.core.settings import Settings
from amiable.flows.host import Host, Locks
from amiable.flows.inspect import inspect
from amiable.flows.story import Done, Work
from amiable.model.database import Database
from amiable.model.flow import enqueue
from amiable.model.inspection import Inspection
from tests.helpers import file_systems as made
from tests.helpers.file_systems import MIB
from tests.unit.inspection.test_diff import FILES, edit

REGION = "us-east-1"


@dataclass
class World:
    """A store with disks, and inspections of them."""

    database: Database
    folder: Path
    stores: dict[str, PruneStore] = field(default_factory=lambda: {REGION: open_store("memory://")})

    def __post_init__(self) -> None:
        self.locks = Locks()
        self.settings = Settings(data_dir=self.folder / "data")

    def work_directory(self, number: int) -> Path:
        return self.settings.data_dir / "work" / str(number)

    def store(self, path: Path) -> list[str]:
        """[snapshot id, digest] of a disk."""
        name = ids.new_id("snap")
        with raw_file_source(path) as source:
            return [name, ingest(self.stores[REGION], source, name=name).digest]

    def run(self, kind: str, **disks: Any) -> tuple[Inspection, dict[str, Any]]:
        """A finished inspection and its result."""
        with self.database.write() as session:
            row = Inspection(
                id=ids.new_id("insp"),
                region=REGION,
                account_id="1" * 12,
                kind=kind,
                subject="ami-1",
                search_blocks=kind == "report",
                disks=disks,
                key="k",
                created_at=clock.now(),
            )
            session.add(row)
            number = enqueue(session, "inspect", row.id).number
        work = Work(number, "inspect", row.id, 0, cast(Host, self), self.database, 15.0)
        for _ in range(2):
            assert isinstance(inspect.steps["look"](work), Done)
        assert not self.work_directory(number).exists()
        with self.database.read() as session:
            row = session.get_one(Inspection, row.id)
            assert row.state == "completed"
            return row, json.loads(row.result or "")


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path)


def test_report_and_diff(world: World, tmp_path: Path) -> None:
    before = made.ext(tmp_path / "before", made.write(tmp_path / "root", FILES), size=64 * MIB)
    after = tmp_path / "after"
    shutil.copy(before, after)
    edit(after, tmp_path, {"etc/app.d/app.conf": "port = 443\n"})
    old, new = world.store(before), world.store(after)
    row, report = world.run("report", before=[old])
    assert report["os"]["id"] == "debian"
    assert len(report["packages"]) == 2
    assert row.summary == {}
    row, found = world.run("diff", before=[old], after=[new])
    assert [each["path"] for each in found["files"]] == ["/etc/app.d/app.conf"]
    assert row.summary["content"] == 1
    assert 0 < found["blocks"]["changed"] < found["blocks"]["used"] / 4
    assert row.bytes_read
    assert row.bytes_read < 10 * MIB


def test_a_disk_with_nothing_on_it(world: World, tmp_path: Path) -> None:
    path = tmp_path / "nothing"
    path.write_bytes(bytes(MIB))
    row, report = world.run("report", before=[world.store(path)])
    assert [each["check"] for each in report["findings"]] == ["unreadable"]
    assert row.summary == {"high": 1}
