"""The inspection story over a real store: a report, a diff that reads little, a disk with nothing on it."""

import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest

from amiable.blocks.store import open_store
from amiable.core import clock, ids
from amiable.core.settings import Settings
from amiable.flows.host import Host
from amiable.flows.inspect import inspect
from amiable.flows.story import Done, Work
from amiable.model.database import Database
from amiable.model.flow import enqueue
from amiable.model.inspection import Inspection
from tests.helpers import file_systems as made
from tests.helpers.file_systems import MIB
from tests.helpers.inspections import InspectionHost, store_disk
from tests.unit.inspection.test_diff import FILES, edit
from tests.unit.inspection.test_hygiene import pem

REGION = "us-east-1"


class World:
    """A store with disks, and inspections of them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        settings = Settings(data_dir=folder / "data")
        self.host = InspectionHost(settings, {REGION: open_store("memory://")})

    def store(self, path: Path) -> list[str]:
        """[snapshot id, digest] of a disk."""
        name = ids.new_id("snap")
        return [name, store_disk(self.host.stores[REGION], name, path)]

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
        work = Work(number, "inspect", row.id, 0, cast(Host, self.host), self.database, 15.0)
        for _ in range(2):
            assert isinstance(inspect.steps["look"](work), Done)
        assert not self.host.work_directory(number).exists()
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


def test_a_secret_on_a_volume_that_is_mounted_by_hand(world: World, tmp_path: Path) -> None:
    """It is in that file, not in free space; and a volume without a partner counts as changed."""
    root = world.store(made.ext(tmp_path / "root", made.write(tmp_path / "1", FILES), size=64 * MIB))
    content = {"keys/id": pem("RSA PRIVATE KEY")}
    data = world.store(made.ext(tmp_path / "more", made.write(tmp_path / "2", content), label="data"))
    _, report = world.run("report", before=[root, data])
    (hit,) = [row for row in report["findings"] if "secret" in row["check"]]
    assert (hit["check"], hit["file"]) == ("secret-in-file", "/[1:disk]/keys/id")
    assert [row["mounted"] for row in report["volumes"]] == ["/", ""]
    _, found = world.run("diff", before=[root], after=[root, data])
    assert found["blocks"]["changed"] > 0
    assert {row["change"] for row in found["files"]} == {"added"}


def test_a_disk_with_nothing_on_it(world: World, tmp_path: Path) -> None:
    path = tmp_path / "nothing"
    path.write_bytes(bytes(MIB))
    row, report = world.run("report", before=[world.store(path)])
    assert [each["check"] for each in report["findings"]] == ["unreadable"]
    assert row.summary == {"high": 1}
