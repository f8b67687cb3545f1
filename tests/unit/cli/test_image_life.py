"""Sharing, retirement and lineage of images at the shell."""

from datetime import timedelta
from typing import Any

import pytest

from amiable.core import clock, ids
from amiable.model.account import account_named
from amiable.model.database import Database
from amiable.model.image import Image, ImageDevice
from amiable.model.snapshot import Snapshot
from tests.unit.cli.desk import Desk


def add(database: Database, name: str, **columns: Any) -> str:
    """An available image of `me`; `stored` bytes in its one snapshot."""
    stored = columns.pop("stored", 0)
    with database.write() as session:
        owner = account_named(session, columns.pop("owner", "me")).id
        common = {"account_id": owner, "region": columns.pop("region", "us-east-1")}
        snapshot = Snapshot(
            id=ids.new_id("snap"), volume_size=1, started_at=clock.now(), stored_bytes=stored, **common
        )
        image_id = ids.new_id("ami")
        device = ImageDevice(
            image_id=image_id, device_name="/dev/sda1", position=0, snapshot_id=snapshot.id, volume_size=1
        )
        image = Image(id=image_id, name=name, state="available", devices=[device], **common)
        for column, value in {"created_at": clock.now(), **columns}.items():
            setattr(image, column, value)
        session.add_all([snapshot, image])
        return image_id


@pytest.fixture
def web(server: Database) -> str:
    return add(server, "web")


def test_share_and_take_back(desk: Desk, web: str) -> None:
    assert desk.json("image", "share", "web") == []
    desk.ok("image", "share", web, "--account", "111122223333", "--account", "444455556666", "--public")
    shared = desk.ok("image", "share", "web", "--account", "111122223333", "--remove").splitlines()
    assert [line.split() for line in shared] == [
        ["GRANTEE", "KIND"],
        ["444455556666", "account"],
        ["all", "everybody"],
    ]
    assert "Invalid attribute item value" in desk.refused("image", "share", "web", "--account", "me")
    assert desk.refused("image", "share", "web", "--remove").startswith("Say from whom")


def test_deprecate(desk: Desk, web: str) -> None:
    (image,) = desk.json("image", "deprecate", "web", "--days", "3")
    assert image["DeprecationTime"].startswith(f"{clock.now() + timedelta(days=3):%Y-%m-%d}")
    said = desk.ok("image", "deprecate", "web", "--at", "2027-01-31T12:00")
    assert said == f"{web}  web  available  deprecated from 2027-01-31 12:00:00Z\n"
    (image,) = desk.json("image", "deprecate", "web", "--cancel")
    assert "DeprecationTime" not in image
    assert desk.refused("image", "deprecate", "web").startswith("Say when")
    assert "past" in desk.refused("image", "deprecate", "web", "--at", "2001-01-01")


def test_disable_enable_protect(desk: Desk, web: str) -> None:
    assert desk.ok("image", "disable", "web") == f"{web}  web  disabled\n"
    assert [image["State"] for image in desk.json("image", "list")] == ["disabled"]
    assert [image["State"] for image in desk.json("image", "show", web)] == ["disabled"]
    assert desk.ok("image", "enable", "web") == f"{web}  web  available\n"
    assert desk.ok("image", "protect", "web") == f"{web}  web  available  protected\n"
    assert "is protected" in desk.refused("image", "deregister", "web")
    desk.ok("image", "unprotect", "web")
    (image,) = desk.json("image", "protect", "web", "--cooldown")
    assert image["DeregistrationProtection"] == "enabled-with-cooldown"
    desk.ok("image", "unprotect", "web")
    assert "cool-down" in desk.refused("image", "deregister", "web")


def test_the_lineage_of_an_image(server: Database, desk: Desk) -> None:
    day = timedelta(days=1)
    began = clock.now() - 9 * day
    root = add(server, "debian", created_at=began, stored=3 << 29)
    gone = add(server, "gone", source_image_id=root, source_image_region="us-east-1")
    desk.ok("image", "deregister", gone)
    web = add(server, "web", source_image_id=gone, source_image_region="us-east-1", stored=5 << 20)
    source = {"source_image_id": web, "source_image_region": "us-east-1"}
    copy = add(server, "web", region="us-west-2", created_at=began + day, stored=100, **source)
    under = add(server, "under", region="us-west-2", source_image_id=copy, stored=0)
    late = add(server, "late", created_at=began + 2 * day, state="disabled", **source)
    lines = [line.split() for line in desk.ok("image", "log", "web").splitlines()]
    assert [line[: line.index("available") if "available" in line else 3] for line in lines[1:]] == [
        ["*", root, "debian", "1.5", "GiB"],
        ["*", gone, "-"],
        ["*", web, "web", "5.0", "MiB"],
        ["├─*", copy, "web", "100", "B"],
        ["│", "*", under, "under", "0", "B"],
        ["*", late, "late"],
    ]
    objects = {image["ImageId"]: image for image in desk.json("image", "log", late)}
    assert list(objects) == [root, gone, web, late]
    assert [image["ImageId"] for image in desk.json("image", "log", root)][:3] == [root, gone, web]
    assert objects[web]["AddedBytes"] == 5 << 20
    assert "Name" not in objects[gone]
