"""A server to kill for each file, and what must hold when the file has ended."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.app import open_state
from amiable.blocks.store import open_store
from amiable.blocks.verify import verify
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot
from tests.helpers.catalogs import distributing, write_catalog
from tests.helpers.forking import fork_server
from tests.helpers.killing import ELSEWHERE, World, imported
from tests.helpers.server import REGION, prepared
from tests.helpers.victims import Victim


@pytest.fixture(scope="module")
def world(tiny_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with (
        distributing(tiny_disk, tmp_path_factory.mktemp("served")) as offer,
        prepared(stop_grace_seconds="1") as server,
    ):
        write_catalog(Path(server.settings["catalog_dir"]), {"name": "tiny-web", **offer})
        server.settings["crash_at"] = str(server.folder / "crash-at")
        with (
            open_state(server.loaded()) as state,
            fork_server(server.environment(), server.log) as forks,
        ):
            world = World(Victim(server, forks), state)
            world.start()
            shutil.copy(tiny_disk, server.loaded().import_folder / "tiny.raw")
            yield world
            every_available_image_is_whole(world)


def every_available_image_is_whole(world: World) -> None:
    """After all that killing: each snapshot of an available image is in the store, chunk for chunk."""
    settings = world.server.loaded()
    with world.state.database.read() as session:
        images = session.query(Image).where(Image.state == "available").all()
        unfinished = session.query(Image).where(Image.state.in_(("pending", "failed"))).all()
        assert not [image for image in unfinished if not image.listed]
        wanted = [device.snapshot_id for image in images for device in image.devices if device.snapshot_id]
        snapshots = [session.get_one(Snapshot, one) for one in wanted]
    assert {snapshot.state for snapshot in snapshots} == {"completed"}
    for region in (REGION, ELSEWHERE):
        names = [snapshot.id for snapshot in snapshots if snapshot.region == region]
        assert not verify(open_store(settings.store_url(region), {}), names).findings


@pytest.fixture(scope="module")
def image_id(world: World) -> str:
    image_id = imported(world)
    world.image_reaches(image_id, "available")
    return image_id


@pytest.fixture(scope="module")
def instance_id(world: World, image_id: str) -> str:
    instance_id = world.run(image_id)
    world.reaches(instance_id, "running")
    return instance_id
