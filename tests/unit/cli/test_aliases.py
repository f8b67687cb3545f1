"""Aliases with their history, the fleet, templates, and pruning, against a real API."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from amiable.cli.image.retention import by_name, plan
from amiable.core import clock, ids
from amiable.model.account import Account
from amiable.model.database import Database
from amiable.model.image import Image, ImageDevice, LaunchPermission
from amiable.model.instance import Instance
from amiable.model.snapshot import Snapshot
from tests.unit.cli.desk import Desk


def add(database: Database, name: str, days: int, **columns: Any) -> str:
    """An image of the account `me`, so many days old."""
    at = clock.now() - timedelta(days=days)
    with database.write() as session:
        owner = session.scalars(select(Account.id).where(Account.name == "me")).one()
        snapshot = Snapshot(
            id=ids.new_id("snap"), region="us-east-1", account_id=owner, volume_size=1, state="completed",
            progress=100, manifest_digest="0" * 64, started_at=at, completed_at=at,
        )  # fmt: skip
        image_id = ids.new_id("ami")
        image = Image(
            id=image_id, region="us-east-1", account_id=owner, name=name, state="available", created_at=at,
            devices=[
                ImageDevice(
                    image_id=image_id, device_name="/dev/sda1", position=0, snapshot_id=snapshot.id,
                    volume_size=1,
                )
            ],
            **columns,
        )  # fmt: skip
        session.add_all([snapshot, image])
    return image_id


def said(desk: Desk) -> dict[str, str]:
    return {alias["Name"]: alias["ImageId"] for alias in desk.json("alias", "list")}


def test_an_alias_goes_forth_and_back(server: Database, desk: Desk) -> None:
    first, second = add(server, "web-1", 9), add(server, "web-2", 1)
    desk.ok("alias", "set", "web", "web-1")
    assert "has never said another image" in desk.refused("alias", "rollback", "web")
    desk.ok("alias", "set", "web", "web-2", "--note", "new kernel")
    assert said(desk) == {"web": second}
    desk.ok("alias", "rollback", "web")
    assert said(desk) == {"web": first}
    log = desk.json("alias", "log", "web")
    assert [(one["Version"], one["ImageId"], one["Description"]) for one in log] == [
        (3, first, "rollback to version 1"),
        (2, second, "new kernel"),
        (1, first, None),
    ]
    desk.ok("alias", "rollback", "web", "--to", "2")
    assert said(desk) == {"web": second}
    assert "amiable alias list" in desk.refused("alias", "log", "nobody")
    assert "ValidationException" in desk.refused("alias", "set", "web", "ami-01234567")


def test_the_fleet_tells_what_is_stale(server: Database, desk: Desk) -> None:
    first, second = add(server, "web-1", 9), add(server, "web-2", 1)
    desk.ok("alias", "set", "web", first)
    for name in ("old", "older"):
        desk.ok("launch", "resolve:ssm:web", "--name", name, "--no-wait", "--volume-size", "2")
    desk.ok("alias", "set", "web", second)
    desk.ok("launch", "resolve:ssm:web", "--name", "new", "--no-wait")
    fleet = {one["Name"]: one for one in desk.json("fleet")}
    assert {name: one["Stale"] for name, one in fleet.items()} == {"old": True, "older": True, "new": False}
    assert (fleet["old"]["ImageAgeDays"], fleet["old"]["ImageName"]) == (9, "web-1")
    assert fleet["old"]["Aliases"] == [{"Name": "web", "ImageId": second}]
    assert len(desk.json("fleet", "--stale")) == 2
    assert "web-1" in desk.ok("fleet")

    desk.ok("template", "create", "web", "--from", "old", "--alias", "web")
    assert "resolve:ssm:web" in desk.ok("template", "list")
    (template,) = desk.json("template", "show", "web")
    assert template["LaunchTemplateData"]["ImageId"] == "resolve:ssm:web"
    assert "SnapshotId" not in template["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]


def test_prune_goes_by_references(server: Database, desk: Desk) -> None:
    ids_ = {number: add(server, f"web-{number}", 30 - number) for number in range(1, 8)}
    desk.ok("alias", "set", "web", ids_[1])
    desk.ok("alias", "set", "web", ids_[2])
    desk.ok("launch", ids_[3], "--name", "runs", "--no-wait")
    with server.write() as session:
        session.add(LaunchPermission(image_id=ids_[4], grantee="123456789012"))
        session.get_one(Image, ids_[5]).source_image_id = ids_[6]
        session.get_one(Image, ids_[5]).deregistration_protection = "enabled-without-cooldown"
    planned = {
        one["ImageId"]: one["Reasons"] for one in desk.json("image", "prune", "--keep", "0", "--dry-run")
    }
    assert planned[ids_[1]] == ["way back of alias web"]
    assert planned[ids_[2]] == ["parameter /web"]
    assert planned[ids_[3]][0].startswith("instance i-")
    assert planned[ids_[4]] == ["shared with 123456789012"]
    assert planned[ids_[5]] == ["deregistration protection enabled-without-cooldown"]
    assert planned[ids_[6]] == [f"source of {ids_[5]}"]
    assert planned[ids_[7]] == []
    assert len(desk.json("image", "list", "--owner", "self")) == 7
    with server.write() as session:
        for instance in session.scalars(select(Instance)):
            instance.state = "terminated"
            instance.terminated_at = clock.now()
    done = desk.json("image", "prune", "--older-than", "25", "--with-snapshots", "--yes")
    assert {one["ImageId"] for one in done if one["Action"] == "deregistered"} == {ids_[3]}
    assert next(one for one in done if one["ImageId"] == ids_[7])["Reasons"] == ["23 days old"]
    assert desk.run("image", "prune").exit_code == 2
    assert ids_[7] in desk.ok("image", "prune", "--dry-run"), "the plan may be of all"


def test_prune_goes_on_past_an_image_in_its_cool_down(server: Database, desk: Desk) -> None:
    cooling, free = add(server, "cooling", 3), add(server, "free", 2)
    desk.ok("image", "protect", cooling, "--cooldown")
    desk.ok("image", "unprotect", cooling)
    done = {one["ImageId"]: one for one in desk.json("image", "prune", "--keep", "0", "--yes")}
    assert (done[cooling]["Action"], done[free]["Action"]) == ("stays", "deregistered")
    assert "cool-down" in done[cooling]["Reasons"][0]


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("web-2026-11-23", "web"),
        ("web-v12", "web"),
        ("web 1.2.3", "web"),
        ("web-20261123T101500Z", "web"),
        ("web", "web"),
        ("2026", "2026"),
    ],
)
def test_groups_by_name(name: str, group: str) -> None:
    assert by_name({"Name": name}) == group


def test_the_newest_of_a_group_stay() -> None:
    now = datetime.fromisoformat("2026-11-23T00:00:00Z")
    rows = [
        ("01", "a", "available"),
        ("02", "a", "available"),
        ("03", "a", "failed"),
        ("04", "b", "available"),
    ]
    images = [
        {
            "ImageId": f"ami-{day}",
            "Name": f"{name}-{day}",
            "State": state,
            "CreationDate": f"2026-11-{day}T00:00:00Z",
        }
        for day, name, state in rows
    ]
    verdicts = plan(images, {}, now=now, older_than=None, keep=1, group=by_name)
    assert [(one.image_id, one.reasons) for one in verdicts] == [
        ("ami-01", []),
        ("ami-02", ["newest of a"]),
        ("ami-03", []),
        ("ami-04", ["newest of b"]),
    ]
