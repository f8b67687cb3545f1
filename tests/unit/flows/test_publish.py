"""Publishing and withdrawing are steps: run twice, they do what they do once."""

import pytest
from sqlalchemy import func, select

from amiable.core import clock, ids
from amiable.flows.publish import publish, withdraw
from amiable.model.database import Database
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot


@pytest.fixture
def pending(database: Database) -> tuple[str, str]:
    """(image id, snapshot id), the snapshot stored already."""
    image_id, snapshot_id = ids.new_id("ami"), ids.new_id("snap")
    common = {"region": "us-east-1", "account_id": "1" * 12}
    with database.write() as session:
        session.add(Image(id=image_id, name="web", created_at=clock.now(), **common))
        session.add(
            Snapshot(
                id=snapshot_id, volume_size=1, started_at=clock.now(), manifest_digest="0" * 64, **common
            )
        )
    return image_id, snapshot_id


def states(database: Database, image_id: str, snapshot_id: str) -> tuple[str, str]:
    with database.read() as session:
        return session.get_one(Image, image_id).state, session.get_one(Snapshot, snapshot_id).state


def deletions(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Flow.kind == "delete-snapshot")) or 0


def test_publishing_twice_keeps_the_snapshot(database: Database, pending: tuple[str, str]) -> None:
    for _ in range(2):
        with database.write() as session:
            assert publish(session, pending[0], [pending[1]])
    assert states(database, *pending) == ("available", "completed")
    assert deletions(database) == 0


def test_withdrawing_twice_keeps_the_reason(database: Database, pending: tuple[str, str]) -> None:
    for _ in range(2):
        with database.write() as session:
            withdraw(session, pending[0], [pending[1]], "no room")
    assert states(database, *pending) == ("failed", "error")
    assert deletions(database) == 0


@pytest.mark.parametrize("end", ["publish", "withdraw"])
def test_the_snapshots_of_a_deregistered_image_go_once(
    database: Database, pending: tuple[str, str], end: str
) -> None:
    with database.write() as session:
        session.get_one(Image, pending[0]).state = "deregistered"
    for _ in range(2):
        with database.write() as session:
            if end == "publish":
                assert not publish(session, pending[0], [pending[1]])
            else:
                withdraw(session, pending[0], [pending[1]], "no room")
    assert states(database, *pending) == ("deregistered", "deleting")
    assert deletions(database) == 1
