"""The copy stories, step by step: cancelled, deleted under it, run twice."""

import threading
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from amiable.blocks.delete import delete_manifest
from amiable.blocks.ingest import ingest
from amiable.blocks.store import PruneStore, open_store
from amiable.blocks.verify import verify
from amiable.core import clock, ids
from amiable.core.errors import AmiableError, Conflict, NotFound
from amiable.flows import copies
from amiable.flows.host import Host
from amiable.flows.story import Done, Goto, Story, Work
from amiable.model.database import Database
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot
from tests.helpers.disks import Disk, content

HERE, THERE = "us-east-1", "us-west-2"


@dataclass
class World:
    """A source snapshot, and a pending copy of it below a pending image."""

    database: Database
    stores: dict[str, PruneStore] = field(
        default_factory=lambda: {HERE: open_store("memory://"), THERE: open_store("memory://")}
    )

    def __post_init__(self) -> None:
        digest = ingest(self.stores[HERE], Disk(content("abc")), name="snap-source").digest
        common: dict[str, Any] = {"account_id": "1" * 12, "volume_size": 1, "started_at": clock.now()}
        self.image_id, self.snapshot_id = ids.new_id("ami"), ids.new_id("snap")
        with self.database.write() as session:
            session.add(
                Snapshot(id="snap-source", region=HERE, state="completed", manifest_digest=digest, **common)
            )
            session.add(Snapshot(id=self.snapshot_id, region=THERE, **common))
            session.add(
                Image(
                    id=self.image_id,
                    region=THERE,
                    account_id="1" * 12,
                    name="web",
                    created_at=clock.now(),
                )
            )

    def work(self, kind: str, subject: str) -> Work[Host]:
        state: dict[str, Any] = {"source_region": HERE, "snapshots": {self.snapshot_id: "snap-source"}}
        with self.database.write() as session:
            number = enqueue(session, kind, subject, **state).number
        return Work(number, kind, subject, 0, cast(Host, self), self.database, 15.0, state)

    def carry(self, told: Story[Host], work: Work[Host], twice: bool = False) -> None:
        """All steps; each of them twice, if asked."""
        step = told.first
        while True:
            try:
                after = told.steps[step](work)
                if twice:
                    after = told.steps[step](work)
            except AmiableError as error:
                told.failed(work, str(error))
                raise
            if isinstance(after, Done):
                return
            assert isinstance(after, Goto)
            step = after.step

    def states(self) -> tuple[str, str]:
        with self.database.read() as session:
            image = session.get_one(Image, self.image_id)
            return image.state, session.get_one(Snapshot, self.snapshot_id).state


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.mark.parametrize("twice", [False, True])
def test_an_image_and_its_snapshot_arrive(world: World, twice: bool) -> None:
    world.carry(copies.copy_image, world.work("copy-image", world.image_id), twice)
    assert world.states() == ("available", "completed")
    assert verify(world.stores[THERE], [world.snapshot_id]).findings == ()
    with world.database.read() as session:
        snapshot = session.get_one(Snapshot, world.snapshot_id)
        assert snapshot.progress == 100
        assert snapshot.bytes_read == (0 if twice else snapshot.stored_bytes)


def test_a_snapshot_arrives(world: World) -> None:
    world.carry(copies.copy_snapshot, world.work("copy-snapshot", world.snapshot_id), True)
    assert world.states() == ("pending", "completed")
    assert verify(world.stores[THERE], [world.snapshot_id]).findings == ()


def test_deregistering_cancels(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle: the progress of the transfer finds that nobody wants it."""
    monkeypatch.setattr("amiable.flows.progress.EVERY_SECONDS", 0.0)
    begun = threading.Event()
    real = world.stores[HERE].get

    def get(key: str) -> bytes:
        if key.startswith("chunks/") and not begun.is_set():
            begun.set()
            with world.database.write() as session:
                session.get_one(Image, world.image_id).state = "deregistered"
        return real(key)

    monkeypatch.setattr(world.stores[HERE], "get", get)
    with pytest.raises(Conflict, match="cancelled"):
        world.carry(copies.copy_image, world.work("copy-image", world.image_id))
    assert world.states() == ("deregistered", "deleting")
    assert list(world.stores[THERE].list("manifests/")) == []


def test_a_source_that_was_deleted_fails_the_copy_with_the_reason(world: World) -> None:
    delete_manifest(world.stores[HERE], "snap-source")
    with pytest.raises(NotFound):
        world.carry(copies.copy_image, world.work("copy-image", world.image_id))
    assert world.states() == ("failed", "error")


def test_a_failed_snapshot_says_why(world: World) -> None:
    with world.database.write() as session:
        session.delete(session.get_one(Snapshot, "snap-source"))
    with pytest.raises(NotFound, match="deleted before it was copied"):
        world.carry(copies.copy_snapshot, world.work("copy-snapshot", world.snapshot_id))
    with world.database.read() as session:
        snapshot = session.get_one(Snapshot, world.snapshot_id)
        assert (snapshot.state, "deleted before" in (snapshot.state_message or "")) == ("error", True)
