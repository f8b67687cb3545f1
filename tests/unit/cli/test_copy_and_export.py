"""`amiable image copy` and `image export`, against a real API whose stories the test plays."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock, ids
from amiable.model.account import Account
from amiable.model.database import Database
from amiable.model.image import Image, ImageDevice
from amiable.model.snapshot import Snapshot
from amiable.model.task import Task
from tests.unit.cli.desk import Desk, set_image


@pytest.fixture
def image_id(server: Database) -> str:
    """An available image of `me` with 3 GiB in it."""
    image_id, snapshot_id = ids.new_id("ami"), ids.new_id("snap")
    with server.write() as session:
        owner = session.scalars(select(Account.id).where(Account.name == "me")).one()
        common: dict[str, Any] = {"region": "us-east-1", "account_id": owner}
        session.add(
            Snapshot(
                id=snapshot_id, volume_size=3, state="completed", progress=100,
                manifest_digest="0" * 64, started_at=clock.now(), **common,
            )
        )  # fmt: skip
        device = ImageDevice(
            image_id=image_id, device_name="/dev/sda1", position=0, snapshot_id=snapshot_id, volume_size=3
        )
        session.add(
            Image(
                id=image_id, name="web", state="available", created_at=clock.now(), devices=[device], **common
            )
        )
    return image_id


def later(server: Database, play: Any) -> threading.Thread:
    """Calls `play(session)` until it returns true."""

    def loop() -> None:
        while True:
            with server.write() as session:
                if play(session):
                    return
            clock.sleep(0.02)

    thread = threading.Thread(target=loop)
    thread.start()
    return thread


def test_copy_to_another_region(server: Database, desk: Desk, image_id: str) -> None:
    found: list[str] = []

    def play(session: Any) -> bool:
        found.extend(session.scalars(select(Image.id).where(Image.region == "us-west-2")))
        return bool(found)

    player = later(server, play)
    result_of: list[Any] = []
    runner = threading.Thread(
        target=lambda: result_of.append(desk.run("image", "copy", "web", "--to", "us-west-2"))
    )
    runner.start()
    player.join()
    set_image(server, found[0], "pending", percent=50)
    clock.sleep(0.8)
    set_image(server, found[0], "available", percent=100)
    runner.join()
    (result,) = result_of
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{found[0]}  web  available  us-west-2\n"
    assert "Copying web to us-west-2: storing 50% of 3.0 GiB" in result.stderr
    with server.read() as session:
        copy = session.get_one(Image, found[0])
        assert (copy.source_image_id, copy.source_image_region) == (image_id, "us-east-1")


def test_copy_within_the_region_needs_another_name(desk: Desk, image_id: str) -> None:
    assert "already in use" in desk.refused("image", "copy", image_id, "--to", "us-east-1")
    (copy,) = desk.json("image", "copy", image_id, "--to", "us-east-1", "--name", "web 2", "--no-wait")
    assert (copy["Name"], copy["State"]) == ("web 2", "pending")


@pytest.mark.parametrize("state", ["completed", "failed"])
def test_export(server: Database, desk: Desk, image_id: str, state: str) -> None:
    def play(session: Any) -> bool:
        for task in session.scalars(select(Task)):
            task.state, task.message = state, "no room"
            return True
        return False

    player = later(server, play)
    if state == "failed":
        assert "failed: no room" in desk.refused("image", "export", "web")
    else:
        printed = desk.ok("image", "export", "web", "--format", "raw")
        assert printed.split()[1] == "completed"
        assert printed.rstrip().endswith(".raw")
        assert str(desk.settings.import_folder) in printed
    player.join()


def test_export_to_places_that_are_none(desk: Desk, image_id: str) -> None:
    assert "neither" in desk.refused("image", "export", "web", "--to", "/tmp/file")
    assert "no bucket 'theirs'" in desk.refused("image", "export", "web", "--to", "s3://theirs/")
