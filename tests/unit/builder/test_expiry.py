"""What the build cache keeps no longer: what no build has used for the days that the setting names."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from amiable.api.imagebuilder.cloud import PublicCloud
from amiable.api.perform import Performer
from amiable.builder.execution.expiry import forget_unused
from amiable.core import clock
from amiable.model.database import Database
from amiable.model.image_build import BuildCache
from tests.helpers.api import Api, new_api
from tests.helpers.images import add_image


@pytest.fixture
def api(database: Database) -> Api:
    return new_api(database)


def kept(api: Api, key: str, days: int, **what: str) -> None:
    """An entry that was last used so many days ago."""
    moment = clock.now() - timedelta(days=days)
    with api.database.write() as session:
        session.add(
            BuildCache(
                key=key, account_id=api.account_id, region=api.region, what=key,
                created_at=moment, used_at=moment, **what,
            )
        )  # fmt: skip


def test_what_is_not_used_goes_with_its_snapshot(api: Api) -> None:
    image = add_image(api, "based")
    standing = image.devices[0].snapshot_id
    assert standing
    gone = add_image(api, "gone")
    free = gone.devices[0].snapshot_id
    assert free
    api("DeregisterImage", ImageId=gone.id)
    kept(api, "old", 31, snapshot_id=free)
    kept(api, "needed", 31, snapshot_id=standing)
    kept(api, "new", 29, image_id=image.id)
    kept(api, "old-image", 31, image_id=image.id)
    performer = Performer(api.database, api.sealer, api.settings, api.stores, lambda: None)
    forget_unused(api.database, PublicCloud(performer), 30)
    with api.database.read() as session:
        assert set(session.scalars(select(BuildCache.key))) == {"needed", "new"}
    left = [one["SnapshotId"] for one in api("DescribeSnapshots", OwnerIds=["self"])["Snapshots"]]
    assert left == [standing]
