"""Rows of images and snapshots as if they had been made, for tests of operations."""

from typing import Any

from amiable.core import clock, ids
from amiable.model.image import Image, ImageDevice, LaunchPermission
from amiable.model.snapshot import Snapshot
from tests.helpers.api import Api


def add_snapshot(api: Api, *, size: int = 2, **columns: Any) -> Snapshot:
    """A completed snapshot of `size` GiB, as a row only."""
    values: dict[str, Any] = {
        "id": ids.new_id("snap"),
        "region": api.region,
        "account_id": api.account_id,
        "volume_size": size,
        "state": "completed",
        "progress": 100,
        "manifest_digest": "0" * 64,
        "started_at": clock.now(),
        "completed_at": clock.now(),
    }
    snapshot = Snapshot(**values | columns)
    with api.database.write() as session:
        session.add(snapshot)
    return snapshot


def add_image(
    api: Api, name: str = "base", *grantees: str, state: str = "available", size: int = 2, **columns: Any
) -> Image:
    """An image with one completed snapshot of `size` GiB; `columns` are further ones of the image."""
    snapshot = add_snapshot(api, size=size)
    image_id = ids.new_id("ami")
    image = Image(
        id=image_id,
        region=api.region,
        account_id=api.account_id,
        name=name,
        state=state,
        **{"created_at": clock.now(), **columns},
        devices=[
            ImageDevice(
                image_id=image_id,
                device_name="/dev/sda1",
                position=0,
                snapshot_id=snapshot.id,
                volume_size=size,
            )
        ],
        permissions=[LaunchPermission(image_id=image_id, grantee=one) for one in grantees],
    )
    with api.database.write() as session:
        session.add(image)
    return image


def add_images(api: Api, count: int) -> None:
    """Many available images of 8 GiB, named image-00000 and on, whose rows are written at once."""
    own = {"region": api.region, "account_id": api.account_id}
    with api.database.write() as session:
        for number in range(count):
            snapshot_id, image_id = ids.new_id("snap"), ids.new_id("ami")
            session.add(
                Snapshot(
                    id=snapshot_id,
                    volume_size=8,
                    state="completed",
                    progress=100,
                    manifest_digest="0" * 64,
                    stored_bytes=10 << 20,
                    started_at=clock.now(),
                    completed_at=clock.now(),
                    **own,
                )
            )
            session.add(
                Image(
                    id=image_id,
                    name=f"image-{number:05}",
                    description=f"The build of that night, number {number}",
                    state="available",
                    created_at=clock.now(),
                    devices=[
                        ImageDevice(
                            image_id=image_id,
                            device_name="/dev/sda1",
                            position=0,
                            snapshot_id=snapshot_id,
                            volume_size=8,
                        )
                    ],
                    **own,
                )
            )
